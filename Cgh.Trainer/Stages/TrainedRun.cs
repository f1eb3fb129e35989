using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>A completed run that a stage derives from: its data and its final model.</summary>
internal sealed class TrainedRun : IDisposable
{
    // Examples between two reports of progress.
    private const int Part = 2000;

    private TrainedRun(RunFolder folder, RunSpec spec, TrainingData data, AttemptSettings settings, Device device)
    {
        Folder = folder;
        ModelName = spec.Model;
        Data = data;
        Model = ModelRegistry.Create(spec.Model, data.Dataset.Manifest.Classes.Count, data.InputSide, spec.AuxiliaryLogits);
        try
        {
            ModelSha256 = WeightsFile.Sha256(folder.Model);
            using (var weights = WeightsFile.Open(folder.Model))
            {
                weights.CopyInto(Model, $"{spec.Model} of {folder.Path}");
            }

            Model.to(device);
            BatchSize = EvaluationBatch.Choose(settings.Record.Spec, Model, data.InputSide, device);
            Evaluator = new Evaluator(Model, data.Dataset, data.Labels, data.InputSide, BatchSize, device);
        }
        catch
        {
            Model.Dispose();
            throw;
        }
    }

    /// <summary>The run folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The name of the run.</summary>
    public string Name => Path.GetFileName(Folder.Path);

    /// <summary>The name of its model.</summary>
    public string ModelName { get; }

    public TrainingData Data { get; }

    /// <summary>The model with its final weights, on the device.</summary>
    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>SHA-256 of the file of the weights.</summary>
    public string ModelSha256 { get; }

    public Evaluator Evaluator { get; }

    /// <summary>Images per forward pass.</summary>
    public int BatchSize { get; }

    /// <summary>Number of training examples.</summary>
    public int Examples => Data.Dataset.Manifest.Train.Images;

    /// <summary>Opens the run that a stage names.</summary>
    /// <exception cref="UserErrorException">It does not exist, has not completed, or is a stage itself; or its data or weights are damaged.</exception>
    public static TrainedRun Open(StageSpec stage, AttemptSettings settings, Device device)
    {
        var (folder, record, dataset) = CompletedRun.Find(stage, settings);
        var data = TrainingData.Open(record.Spec, dataset, settings.VerifyData, CancellationToken.None);
        try
        {
            return new TrainedRun(folder, record.Spec, data, settings, device);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>The training examples in parts of whole batches, so that they have the batches of a single pass.</summary>
    public IEnumerable<int[]> Parts()
    {
        var part = Math.Max(1, Part / BatchSize) * BatchSize;
        for (var first = 0; first < Examples; first += part)
        {
            yield return [.. Enumerable.Range(first, Math.Min(part, Examples - first))];
        }
    }

    public void Dispose()
    {
        Model.Dispose();
        Data.Dispose();
    }
}
