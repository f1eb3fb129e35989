using Cgh.Core;
using Cgh.Core.Stages;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>Derives the artefacts of a stage. One subclass per <see cref="StageKind"/>.</summary>
internal abstract class Stage : IDisposable
{
    /// <summary>Examples to look at, for progress.</summary>
    public abstract int Total { get; }

    /// <summary>Images per forward pass; 0 for a stage without a model.</summary>
    public virtual int BatchSize => 0;

    /// <summary>Opens what the stage derives from.</summary>
    /// <param name="spec">What it derives.</param>
    /// <param name="settings">Settings of the attempt.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="UserErrorException">An input is missing, not completed or damaged.</exception>
    public static Stage Open(StageSpec spec, AttemptSettings settings, Device device) => spec.Kind switch
    {
        StageKind.Split => new SplitStage(spec, settings, device),
        StageKind.Subset => new SubsetStage(spec, settings),
        StageKind.Labels => new LabelsStage(spec, settings, device),
        StageKind.Suspects => new SuspectsStage(spec, settings, device),
        StageKind.Learning => new LearningStage(spec, settings),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "Unknown kind of stage."),
    };

    /// <summary>Derives everything. Artefacts of an attempt that did not finish are replaced.</summary>
    /// <param name="fence">Checked before every write.</param>
    /// <param name="progress">Receives the number of examples done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="UserErrorException">It cannot be derived.</exception>
    public abstract StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken);

    public virtual void Dispose()
    {
    }
}
