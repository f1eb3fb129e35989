using System.Runtime.InteropServices;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Evaluation;

/// <summary>Chooses the batch size of evaluations if the spec does not set it.</summary>
internal static class EvaluationBatch
{
    // Large enough to amortize the overhead of a forward pass. Larger batches only use more memory (docs/results/performance.md has the
    // figures).
    private const int MinOnCpu = 16;
    private const int MaxOnCpu = 250;
    private const int PixelsOnCpu = 1 << 17;

    // Enough to saturate a GPU. A reader holds three batches in host memory; with 1024 images of 224 pixels, these would take 1.8 GB.
    private const int MaxOnGpu = 512;

    /// <summary>Returns the spec's batch size or chooses one for the device. May leave the model in evaluation mode.</summary>
    /// <param name="spec">Spec of the run.</param>
    /// <param name="model">The model, on the device.</param>
    /// <param name="side">Height and width of the model's input.</param>
    /// <param name="device">CPU or GPU.</param>
    /// <exception cref="UserErrorException">Not even one image fits into the device's memory.</exception>
    public static int Choose(RunSpec spec, nn.Module<Tensor, Tensor> model, int side, Device device) => spec.EvaluationBatchSize > 0
        ? spec.EvaluationBatchSize
        : device.type == DeviceType.CPU ? OnCpu(side) : LargestThatFits(MaxOnGpu, size => Fits(model, size, side, device));

    /// <summary>Chooses by image size alone, so that a run has the same batches on every machine.</summary>
    public static int OnCpu(int side) => (int)Math.Clamp(PixelsOnCpu / ((long)side * side), MinOnCpu, MaxOnCpu);

    /// <summary>Halves <paramref name="max"/> until it fits.</summary>
    /// <exception cref="UserErrorException">Not even a batch of one image fits.</exception>
    public static int LargestThatFits(int max, Predicate<int> fits)
    {
        for (var size = max; size > 0; size /= 2)
        {
            if (fits(size))
            {
                return size;
            }
        }

        throw new UserErrorException(
            "An evaluation does not fit into GPU memory, even with a batch size of 1. Stop other programs that use the GPU, or choose a smaller model.");
    }

    private static bool Fits(nn.Module<Tensor, Tensor> model, int size, int side, Device device)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        model.eval();
        try
        {
            using var batch = new Batch(size, side, BatchMemories.For(device));
            using var scores = model.forward(batch.Part(0, size, device, ModelTensors.InputType(model)).Images);
            _ = scores.cpu();
            return true;
        }
        catch (ExternalException error) when (error.Message.Contains("out of memory", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
