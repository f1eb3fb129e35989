using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;

namespace Cgh.Core.Messages;

/// <summary>Queues that commands are sent to; durable on RabbitMQ.</summary>
public static class Queues
{
    public const string PrepareDataset = "prepare-dataset";

    public const string PackShards = "pack-shards";

    /// <summary>Questions to DataPrep about sources and datasets. Exists only while a DataPrep service runs.</summary>
    public const string Sources = "sources";
    public const string StartRun = "start-run";
    public const string Experiments = "experiments";
}

/// <summary>Version of the contracts below. Increased when services of the previous version would misunderstand a command.</summary>
public static class Contracts
{
    public const int Version = 1;
}

/// <summary>
/// A command carries the version of its contract. A service rejects other versions: the message goes to the queue's <c>_error</c> queue and
/// to the run store's list of rejected messages.
/// </summary>
public interface ICommand
{
    int Version { get; }
}

/// <summary>Command to DataPrep: create the dataset and its label sets if missing.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Labels">Its label sets.</param>
/// <param name="Experiment">The experiment waiting for it, returned in <see cref="DatasetReady"/>.</param>
public sealed record PrepareDataset(DatasetRequest Dataset, IReadOnlyList<LabelSetRequest> Labels, string? Experiment) : ICommand
{
    /// <summary>Whether it comes from a page, which may be open to others: its source must then lie below the allowed folders.</summary>
    public bool IsFromPage { get; init; }

    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to any DataPrep service: pack a shard of a dataset that another service leads, unless it is claimed or packed already.</summary>
/// <param name="Dataset">The dataset, with an absolute source.</param>
/// <param name="Settings">Identifies the content of the source and the options: a service that finds others must not pack.</param>
/// <param name="Split">The split of the shard.</param>
/// <param name="Shard">Number of the shard within its split.</param>
public sealed record PackShard(DatasetRequest Dataset, string Settings, Split Split, int Shard) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event: progress of a dataset.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Stage">The current step, such as "packing".</param>
/// <param name="Done">Files processed so far.</param>
/// <param name="Total">Total number of files.</param>
public sealed record DatasetProgressed(string Dataset, string Stage, int Done, int Total)
{
    /// <summary>Images per second over the last half minute; null while nothing is known.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Seconds until <see cref="Done"/> reaches <see cref="Total"/> at this rate; null while nothing is known.</summary>
    public double? SecondsLeft { get; init; }
}

/// <summary>Event: the dataset and its label sets are ready, or failed with <see cref="Error"/>.</summary>
public sealed record DatasetReady(string Dataset, string? Error, string? Experiment);

/// <summary>Command to the experiment coordinator: an experiment was added to the run store.</summary>
public sealed record StartExperiment(string Experiment) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to a trainer: train this run, or resume it from its last checkpoint.</summary>
/// <param name="Run">The run.</param>
/// <param name="Priority">0 to 9; the queue delivers the highest priority first, and messages of one priority in order.</param>
public sealed record StartRun(RunId Run, int Priority) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to all trainers: the one that holds this run stops it within one step.</summary>
public sealed record CancelRun(RunId Run) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to all trainers: the one that holds this run writes a checkpoint and pauses it.</summary>
public sealed record PauseRun(RunId Run) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event: an attempt at a run has started.</summary>
public sealed record RunStarted(RunId Run, int Attempt, string Host);

/// <summary>Event, at most twice a second per run: the store has newer figures.</summary>
public sealed record RunProgressed(RunId Run, int Attempt, long Step, long TotalSteps);

/// <summary>Event: the store has new rows of this curve.</summary>
public sealed record SetEvaluated(RunId Run, int Attempt, string Curve, int Rows);

/// <summary>Event: the run has ended; the store has its status.</summary>
public sealed record RunEnded(RunId Run, int Attempt, RunStatus Status, string? Error);

/// <summary>Event: an experiment has ended, and its report is written unless that failed.</summary>
public sealed record ExperimentEnded(string Experiment, ExperimentStatus Status, string? Error);
