using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Client;

/// <summary>An experiment as a JSON object on one line, for scripts; docs/client.md documents the format.</summary>
internal sealed record ExperimentLine
{
    public required string Experiment { get; init; }

    public required ExperimentStatus Status { get; init; }

    public string? Error { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>State of the dataset while the experiment is waiting for it.</summary>
    public DatasetState? Dataset { get; init; }

    public required IReadOnlyList<RunLine> Runs { get; init; }

    public static ExperimentLine From(ExperimentSnapshot snapshot, Target target) => new()
    {
        Experiment = snapshot.Experiment.Id,
        Status = snapshot.Experiment.Status,
        Error = snapshot.Experiment.Error,
        Created = snapshot.Experiment.Created,
        Ended = snapshot.Experiment.Ended,
        Dataset = snapshot.Dataset is { } dataset ? dataset with { Request = null } : null,
        Runs = [.. target.Of(snapshot).Select(run => RunLine.From(run, StageInputs.WaitsFor(run, snapshot.Experiment.Recipe, snapshot.Runs)))],
    };

    public override string ToString() => JsonSerializer.Serialize(this, CghJson.Line);
}

/// <summary>A run within an <see cref="ExperimentLine"/>.</summary>
internal sealed record RunLine
{
    /// <summary>Id of the run, <c>EXPERIMENT/RUN</c>.</summary>
    public required RunId Run { get; init; }

    public required RunStatus Status { get; init; }

    public string? Error { get; init; }

    /// <summary>While the run is queued: the run that it waits for. Otherwise null.</summary>
    public string? WaitsFor { get; init; }

    public int Attempt { get; init; }

    public string? Host { get; init; }

    /// <summary>While the run is running: whether its trainer has sent a heartbeat recently. Otherwise null.</summary>
    public bool? Responding { get; init; }

    /// <summary>The process that trains the run without this laboratory's trainers; null for all other runs.</summary>
    public string? Elsewhere { get; init; }

    public DateTimeOffset Queued { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public double Epoch { get; init; }

    public int Epochs { get; init; }

    public long Step { get; init; }

    public long TotalSteps { get; init; }

    public double? Loss { get; init; }

    public double ImagesPerSecond { get; init; }

    public double? SecondsLeft { get; init; }

    /// <summary>Latest result of each evaluation set.</summary>
    public required IReadOnlyDictionary<string, EvaluationResult> Latest { get; init; }

    public static RunLine From(RunState run, RunState? waitsFor) => new()
    {
        Run = run.Id,
        Status = run.Status,
        Error = run.Error,
        WaitsFor = waitsFor?.Id.Name,
        Attempt = run.Attempt,
        Host = run.Host,
        Responding = run.Status == RunStatus.Running ? run.Responding : null,
        Elsewhere = run.Elsewhere,
        Queued = run.Queued,
        Started = run.Started,
        Ended = run.Ended,
        Epoch = run.Epoch,
        Epochs = run.Spec.Epochs,
        Step = run.Step,
        TotalSteps = run.TotalSteps,
        Loss = run.Loss,
        ImagesPerSecond = run.ImagesPerSecond,
        SecondsLeft = run.SecondsLeft,
        Latest = run.Latest,
    };
}
