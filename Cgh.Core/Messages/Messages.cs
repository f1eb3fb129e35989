using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;

namespace Cgh.Core.Messages;

/// <summary>Queues that commands are sent to; durable on RabbitMQ.</summary>
public static class Queues
{
    public const string PrepareDataset = "prepare-dataset";
    public const string StartRun = "start-run";
    public const string Experiments = "experiments";
}

/// <summary>Version of the contracts below. It rises when a service of the version before would misunderstand a command.</summary>
public static class Contracts
{
    public const int Version = 1;
}

/// <summary>
/// A command says which version of the contracts it was written for. Whoever does not know that version rejects it: the message
/// goes to the queue's <c>_error</c> queue and into the run store's list of rejected messages.
/// </summary>
public interface ICommand
{
    int Version { get; }
}

/// <summary>Command to DataPrep: make the dataset and its label sets where they are missing.</summary>
/// <param name="Dataset">What to make.</param>
/// <param name="Labels">Label sets of it.</param>
/// <param name="Experiment">Who waits for it; comes back in <see cref="DatasetReady"/>.</param>
public sealed record PrepareDataset(DatasetRequest Dataset, IReadOnlyList<LabelSetRequest> Labels, string? Experiment) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event: how far the making of a dataset is.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Stage">What is being done, such as "packing".</param>
/// <param name="Done">Files done of <paramref name="Total"/>.</param>
/// <param name="Total">Files in all.</param>
public sealed record DatasetProgressed(string Dataset, string Stage, int Done, int Total);

/// <summary>Event: the dataset and its label sets are there, or <see cref="Error"/> says in one line why they are not.</summary>
public sealed record DatasetReady(string Dataset, string? Error, string? Experiment);

/// <summary>Command to the experiment coordinator: an experiment was added to the run store.</summary>
public sealed record StartExperiment(string Experiment) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to a trainer: train this run, or go on with it from its last checkpoint.</summary>
/// <param name="Run">Which.</param>
/// <param name="Priority">0 to 9; the queue gives those with the highest first, and those of one priority in the order they came.</param>
public sealed record StartRun(RunId Run, int Priority) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event-like command to all trainers: whoever trains this run stops within one step.</summary>
public sealed record CancelRun(RunId Run) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event-like command to all trainers: whoever trains this run writes a checkpoint and puts it aside.</summary>
public sealed record PauseRun(RunId Run) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event: an attempt at a run has begun.</summary>
public sealed record RunStarted(RunId Run, int Attempt, string Host);

/// <summary>Event, at most twice a second a run: the store holds newer live figures.</summary>
public sealed record RunProgressed(RunId Run, int Attempt, long Step, long TotalSteps);

/// <summary>Event: the store holds new rows of this curve.</summary>
public sealed record SetEvaluated(RunId Run, int Attempt, string Curve, int Rows);

/// <summary>Event: the attempt is over; the store holds the run's status.</summary>
public sealed record RunEnded(RunId Run, int Attempt, RunStatus Status, string? Error);

/// <summary>Event: nothing of an experiment is under way any more, and its report is written where that was possible.</summary>
public sealed record ExperimentEnded(string Experiment, ExperimentStatus Status, string? Error);
