namespace Cgh.Core.Runs;

/// <summary>Where a run is.</summary>
public enum RunStatus
{
    /// <summary>Waits for its dataset or for a trainer.</summary>
    Queued,
    Running,

    /// <summary>Stopped before its end by a signal, a crash or a lost parent; <c>resume</c> goes on from the last checkpoint.</summary>
    Interrupted,
    Completed,

    /// <summary>Stopped with a reason that trying again would meet again, such as a spec that cannot be trained or a loss that is no number.</summary>
    Failed,
    Cancelled,

    /// <summary>Stopped at a checkpoint at a user's request, until it is resumed.</summary>
    Paused,

    /// <summary>Three attempts in a row failed without a new checkpoint between them; the error is the last one's. It waits to be looked at.</summary>
    Parked,
}

public static class RunStatusExtensions
{
    /// <summary>Whether nothing happens to the run unless somebody asks for it.</summary>
    public static bool IsAtRest(this RunStatus status) => status is not (RunStatus.Queued or RunStatus.Running);

    /// <summary>Whether somebody may queue it again.</summary>
    public static bool CanResume(this RunStatus status) => status.IsAtRest() && status != RunStatus.Completed;
}

/// <summary>One go at a run.</summary>
public sealed record AttemptRecord
{
    public required int Number { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Step that it went on from; 0 for a first attempt.</summary>
    public long FromStep { get; init; }

    public RunStatus Status { get; init; } = RunStatus.Running;
}

/// <summary>The machine and the programs that a run was made with.</summary>
public sealed record RunEnvironment
{
    public required string Product { get; init; }

    public required string Dotnet { get; init; }

    public required string TorchSharp { get; init; }

    public required string LibTorch { get; init; }

    public required string OperatingSystem { get; init; }

    public required int Processors { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>Images per forward pass of an evaluation; 0 in the records of older versions.</summary>
    public int EvaluationBatchSize { get; init; }

    /// <summary>Whether float32 is multiplied in TF32; never on a CPU.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Whether cuDNN takes its fastest algorithms instead of those that repeat; never on a CPU.</summary>
    public bool CudnnBenchmark { get; init; }
}

/// <summary>Figures of one evaluation set after the last epoch.</summary>
public sealed record EvaluationResult(int Count, double Loss, double Acc1, double Acc5);

/// <summary><c>run.json</c>: the record of a run, rewritten whole at every change of status.</summary>
public sealed record RunRecord
{
    public int Version { get; init; } = 1;

    public required RunSpec Spec { get; init; }

    /// <summary>The dataset's folder as it was when the run began.</summary>
    public required string DatasetFolder { get; init; }

    /// <summary>SHA-256 of the file that <see cref="RunSpec.Weights"/> names, in lower-case hexadecimal, once the run has begun with it.</summary>
    public string? WeightsSha256 { get; init; }

    public required RunStatus Status { get; init; }

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    public RunEnvironment? Environment { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Steps of the whole run; 0 before its first attempt.</summary>
    public long TotalSteps { get; init; }

    /// <summary>Seconds spent training and evaluating, over all attempts, without what was lost between checkpoint and crash.</summary>
    public double Seconds { get; init; }

    /// <summary>One line that says why a failed run failed.</summary>
    public string? Error { get; init; }

    /// <summary>Final figures by evaluation set; only when completed.</summary>
    public IReadOnlyDictionary<string, EvaluationResult>? Result { get; init; }
}
