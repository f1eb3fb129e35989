using System.Runtime.InteropServices;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Evaluation;

/// <summary>How many images a forward pass of an evaluation takes, where the spec leaves it to the program.</summary>
internal static class EvaluationBatch
{
    // On a CPU a batch should be large enough to spread the overhead of a call; beyond that more images gain nothing and take memory
    // (docs/results/performance.md has the figures).
    private const int MinOnCpu = 16;
    private const int MaxOnCpu = 250;
    private const int PixelsOnCpu = 1 << 17;

    // Enough to fill a GPU; a reader holds three batches in the host's memory, where twice as many of 224 pixels are 1.8 GB.
    private const int MaxOnGpu = 512;

    /// <summary>The spec's number; else what this device is at its best with. It leaves the model in evaluation mode where it is tried out.</summary>
    /// <param name="spec">Of the run.</param>
    /// <param name="model">On the device.</param>
    /// <param name="side">Height and width of what the model sees.</param>
    /// <param name="device">CPU or GPU.</param>
    /// <exception cref="UserErrorException">Not one image fits into the device's memory.</exception>
    public static int Choose(RunSpec spec, nn.Module<Tensor, Tensor> model, int side, Device device) => spec.EvaluationBatchSize > 0
        ? spec.EvaluationBatchSize
        : device.type == DeviceType.CPU ? OnCpu(side) : LargestThatFits(MaxOnGpu, size => Fits(model, size, side, device));

    /// <summary>By the pixels alone, so that the same run has the same batches on every machine.</summary>
    public static int OnCpu(int side) => (int)Math.Clamp(PixelsOnCpu / ((long)side * side), MinOnCpu, MaxOnCpu);

    /// <summary>The first of <paramref name="max"/>, its half, its quarter and so on that fits.</summary>
    /// <exception cref="UserErrorException">None does.</exception>
    public static int LargestThatFits(int max, Predicate<int> fits)
    {
        for (var size = max; size > 0; size /= 2)
        {
            if (fits(size))
            {
                return size;
            }
        }

        throw new UserErrorException("An evaluation does not fit into the GPU's memory, not even image by image. End what else uses the GPU, or choose a smaller model.");
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
