using Cgh.Core.Runs;

namespace Cgh.Client.Planning;

/// <summary>What only a program that carries Torch can say of a run.</summary>
public interface IRunMeasurement
{
    /// <summary>Runs <paramref name="plan"/> where Torch wants it.</summary>
    Task<int> RunAsync(Func<int> plan);

    /// <summary>How large what a run trains is.</summary>
    TrainedSize SizeOf(RunSpec run, int classes);

    /// <summary>Times runs on this machine.</summary>
    /// <param name="folder">Of the dataset; null while it is not packed.</param>
    /// <param name="classes">Of the random pixels that stand for it then.</param>
    /// <param name="side">Height and width of its images.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Func<RunSpec, Rate> Time(string? folder, int classes, int side, CancellationToken cancellationToken);
}

/// <summary>How large what a run trains is.</summary>
/// <param name="Parameters">Weights of the model.</param>
/// <param name="ModelBytes">Weights and statistics.</param>
/// <param name="RuleBytes">What the rule keeps from step to step, and a checkpoint holds.</param>
public sealed record TrainedSize(long Parameters, long ModelBytes, long RuleBytes);
