using Cgh.Core.Runs;

namespace Cgh.Client.Planning;

/// <summary>Measurements of a run that need Torch.</summary>
public interface IRunMeasurement
{
    /// <summary>Runs <paramref name="plan"/> on the thread that uses Torch.</summary>
    Task<int> RunAsync(Func<int> plan);

    /// <summary>Returns the size of a run's model and rule state.</summary>
    /// <param name="run">Spec of the run.</param>
    /// <param name="classes">Number of classes of the dataset.</param>
    /// <param name="side">Height and width of the dataset's images.</param>
    TrainedSize SizeOf(RunSpec run, int classes, int side);

    /// <summary>Returns a function that times runs on this machine.</summary>
    /// <param name="folder">Folder of the dataset; null to use random pixels instead.</param>
    /// <param name="classes">Number of classes of the random pixels.</param>
    /// <param name="side">Height and width of the images.</param>
    /// <param name="cancellationToken">Cancels the timing.</param>
    Func<RunSpec, Rate> Time(string? folder, int classes, int side, CancellationToken cancellationToken);
}

/// <summary>Size of a run's model and rule state.</summary>
/// <param name="Parameters">Number of model parameters.</param>
/// <param name="ModelBytes">Size of parameters and batch statistics.</param>
/// <param name="RuleBytes">Size of a checkpoint's other state: that of the update rule and of the estimate of coherence.</param>
/// <param name="Layers">Number of layers with parameters.</param>
public sealed record TrainedSize(long Parameters, long ModelBytes, long RuleBytes, int Layers);
