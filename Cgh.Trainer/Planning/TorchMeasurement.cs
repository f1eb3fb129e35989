using Cgh.Client.Planning;
using Cgh.Core.Runs;
using Cgh.Trainer.Native;

namespace Cgh.Trainer.Planning;

/// <summary>Sizes models and times runs with Torch.</summary>
internal sealed class TorchMeasurement : IRunMeasurement
{
    public Task<int> RunAsync(Func<int> plan) => MainThread.RunAsync(plan);

    public TrainedSize SizeOf(RunSpec run, int classes, int side) => ModelSize.Of(run, classes, RunSpecRules.InputSide(run, side));

    public Func<RunSpec, Rate> Time(string? folder, int classes, int side, CancellationToken cancellationToken) =>
        new RateMeasurement(folder, classes, side, Console.Error.WriteLine, cancellationToken).Of;
}
