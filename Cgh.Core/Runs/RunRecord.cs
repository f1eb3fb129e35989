using System.Text.Json.Serialization;
using Cgh.Core.Stages;

namespace Cgh.Core.Runs;

/// <summary>The status of a run.</summary>
public enum RunStatus
{
    /// <summary>Waiting for its dataset or a trainer.</summary>
    Queued,
    Running,

    /// <summary>Stopped by a signal, a crash or the loss of its parent process; <c>resume</c> continues from the last checkpoint.</summary>
    Interrupted,
    Completed,

    /// <summary>Failed with an error that a retry would not fix, such as an invalid spec or a loss of NaN.</summary>
    Failed,
    Cancelled,

    /// <summary>Stopped at a checkpoint by a user, until it is resumed.</summary>
    Paused,

    /// <summary>Too many attempts failed in a row without a new checkpoint (the error is the last one's); waits for a user to requeue it.</summary>
    Parked,
}

public static class RunStatusExtensions
{
    /// <summary>Queued or running; any other status lasts until a user command.</summary>
    public static bool IsActive(this RunStatus status) => status is RunStatus.Queued or RunStatus.Running;

    /// <summary>Whether a user can queue it again.</summary>
    public static bool CanResume(this RunStatus status) => !status.IsActive() && status != RunStatus.Completed;
}

/// <summary>An attempt at a run.</summary>
public sealed record AttemptRecord
{
    public required int Number { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>The step it resumed from; 0 for a first attempt.</summary>
    public long FromStep { get; init; }

    public RunStatus Status { get; init; } = RunStatus.Running;
}

/// <summary>The hardware and software of a run.</summary>
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

    /// <summary>Images per forward pass of an evaluation; 0 in records of older versions.</summary>
    public int EvaluationBatchSize { get; init; }

    /// <summary>Whether float32 matrices are multiplied in TF32; false on a CPU.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Whether cuDNN selects its fastest algorithms instead of deterministic ones; false on a CPU.</summary>
    public bool CudnnBenchmark { get; init; }
}

/// <summary>The result of an evaluation set.</summary>
public sealed record EvaluationResult(int Count, double Loss, double Acc1, double Acc5);

/// <summary>The best evaluation of a set so far: the first with the highest top-1 accuracy.</summary>
/// <param name="Epoch">Epochs trained before it.</param>
/// <param name="Acc1">Its top-1 accuracy in percent.</param>
public sealed record BestResult(double Epoch, double Acc1)
{
    /// <summary>The best of <paramref name="before"/> and later rows of an evaluation set; null if there is none.</summary>
    /// <param name="before">The best of the rows before.</param>
    /// <param name="rows">Rows with the columns of <see cref="Curves.EvaluationHeader"/>.</param>
    public static BestResult? Of(BestResult? before, IEnumerable<double[]> rows)
    {
        foreach (var row in rows)
        {
            if (row is [var epoch, _, _, var acc1, _] && (before is null || acc1 > before.Acc1))
            {
                before = new BestResult(epoch, acc1);
            }
        }

        return before;
    }
}

/// <summary><c>run.json</c>: the record of a run, rewritten at every change of status.</summary>
public sealed record RunRecord
{
    public int Version { get; init; } = 1;

    public required RunSpec Spec { get; init; }

    /// <summary>The dataset's folder when the run started.</summary>
    public required string DatasetFolder { get; init; }

    /// <summary>SHA-256 of the file in <see cref="RunSpec.Weights"/>, in lower-case hexadecimal; set when the run starts.</summary>
    public string? WeightsSha256 { get; init; }

    public required RunStatus Status { get; init; }

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];

    public RunEnvironment? Environment { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Total steps of the run; 0 before its first attempt.</summary>
    public long TotalSteps { get; init; }

    /// <summary>Seconds of training and evaluation over all attempts, without work that was lost in a crash.</summary>
    public double Seconds { get; init; }

    /// <summary>Why the run failed, in one line.</summary>
    public string? Error { get; init; }

    /// <summary>Final results by evaluation set; only when completed.</summary>
    public IReadOnlyDictionary<string, EvaluationResult>? Result { get; init; }

    /// <summary>What a stage derived; null for a run that trains, and until the stage is completed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StageResult? Derived { get; init; }
}
