using Cgh.Core.Stages;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>A stage that looks at every training example with the final model of a run.</summary>
internal abstract class TrainedStage(StageSpec spec, AttemptSettings settings, Device device) : Stage
{
    public override int Total => From.Examples;

    public override int BatchSize => From.BatchSize;

    /// <summary>The run whose model it is.</summary>
    protected TrainedRun From { get; } = TrainedRun.Open(spec, settings, device);

    public override void Dispose() => From.Dispose();
}
