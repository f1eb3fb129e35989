using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Reports;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>
/// Coordinates experiments: asks for the dataset, queues the runs when it is ready, writes the report when all have ended.
/// It keeps nothing in memory, so any trainer can take the next step, and every step can be taken twice.
/// </summary>
internal sealed partial class ExperimentCoordinator(PatientRunStore store, EventPublisher events, DataFolder data, ILogger<ExperimentCoordinator> log)
{
    private static readonly TimeSpan s_longestReport = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_sendPatience = TimeSpan.FromSeconds(10);

    /// <summary>Writes the experiment's record where it is missing, and asks for its dataset.</summary>
    public async Task PrepareAsync(ISendEndpointProvider sender, ExperimentState experiment, CancellationToken stop)
    {
        var folder = Folder(experiment.Id);
        try
        {
            if (!File.Exists(folder.Record))
            {
                Directory.CreateDirectory(folder.Path);
                CghJson.Save(folder.Record, new ExperimentRecord { Id = experiment.Id, Recipe = experiment.Recipe, Created = experiment.Created });
            }
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            await GiveUpAsync(experiment.Id, $"The experiment's folder cannot be written: {AtomicFile.FirstLine(error)}", stop);
            return;
        }

        DateTimeOffset? asked = DateTimeOffset.UtcNow;
        try
        {
            await SendAsync(limit => sender.AskForDatasetAsync(new PrepareDataset(experiment.Recipe.Dataset, experiment.Recipe.Labels, experiment.Id), limit), stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The housekeeping asks again soon.
            asked = null;
            NotAsked(log, experiment.Recipe.Dataset.Name, AtomicFile.FirstLine(error));
        }

        await store.UpdateExperimentAsync(experiment.Id, state => state with { Asked = asked }, stop);
    }

    /// <summary>The dataset is ready, or <paramref name="error"/> says why it cannot be: queues the runs that wait for it, in the recipe's order.</summary>
    public async Task GoOnAsync(ISendEndpointProvider sender, string id, string? error, CancellationToken stop)
    {
        if (error is not null)
        {
            await GiveUpAsync(id, error, stop);
            return;
        }

        await store.UpdateExperimentAsync(
            id,
            experiment => experiment.Status == ExperimentStatus.Preparing ? experiment with { Status = ExperimentStatus.Running } : null,
            stop);
        if (await store.FindExperimentAsync(id, stop) is not { Status: ExperimentStatus.Running } experiment)
        {
            return;
        }

        foreach (var run in await store.ListRunsAsync(id, stop))
        {
            if (run is { Status: RunStatus.Queued, Offered: null })
            {
                await OfferAsync(sender, run, experiment.Recipe.Priority, stop);
            }
        }

        // Every run may have been cancelled while the dataset was made.
        await CloseIfOverAsync(sender, id, stop);
    }

    /// <summary>Puts a queued run into the trainers' queue.</summary>
    public async Task OfferAsync(ISendEndpointProvider sender, RunState run, int priority, CancellationToken stop)
    {
        // Noted first: a run that is noted and was not sent is found by the housekeeping, one that was sent and is not noted would be sent again.
        var noted = await store.UpdateRunAsync(run.Id, run.Attempt, state => state with { Offered = DateTimeOffset.UtcNow }, stop);
        if (noted)
        {
            await SendAsync(limit => sender.OfferRunAsync(new StartRun(run.Id, priority), limit), stop);
        }
    }

    /// <summary>Writes the report and ends the experiment when none of its runs is under way.</summary>
    public async Task CloseIfOverAsync(ISendEndpointProvider sender, string id, CancellationToken stop)
    {
        // Two at once would write the report over each other; whoever comes second leaves it to the first, and the housekeeping looks again.
        var name = $"close:{id}";
        var holder = $"{Guid.NewGuid():n}";
        if (!await store.TakeLockAsync(name, holder, s_longestReport, stop))
        {
            return;
        }

        try
        {
            await CloseIfOverAloneAsync(sender, id, stop);
        }
        finally
        {
            await store.ReleaseLockAsync(name, holder, stop);
        }
    }

    private async Task CloseIfOverAloneAsync(ISendEndpointProvider sender, string id, CancellationToken stop)
    {
        var runs = await store.ListRunsAsync(id, stop);
        if (runs.Count == 0 || runs.Any(run => !run.Status.IsAtRest()) || await store.FindExperimentAsync(id, stop) is not { } experiment || experiment.Status.IsOver())
        {
            return;
        }

        var (status, error) = ExperimentStatusExtensions.AtRest([.. runs.Select(run => run.Status)]);
        try
        {
            ExperimentReport.Write(Folder(id));
        }
        catch (Exception reason) when (reason is UserErrorException or IOException or UnauthorizedAccessException)
        {
            error = string.Join(' ', new[] { error, $"No report: {AtomicFile.FirstLine(reason)}" }.OfType<string>());
        }

        await EndAsync(id, status, error, stop);

        // Somebody may have resumed a run between the look at the runs and the end.
        if ((await store.ListRunsAsync(id, stop)).Any(run => !run.Status.IsAtRest())
            && await store.UpdateExperimentAsync(id, state => state.Status.IsOver() ? state with { Status = ExperimentStatus.Preparing, Error = null, Ended = null } : null, stop))
        {
            await PrepareAsync(sender, experiment, stop);
        }
    }

    private async Task GiveUpAsync(string id, string error, CancellationToken stop)
    {
        foreach (var run in await store.ListRunsAsync(id, stop))
        {
            await store.UpdateRunAsync(
                run.Id,
                run.Attempt,
                state => state.Status == RunStatus.Queued ? state with { Status = RunStatus.Failed, Error = error, Ended = DateTimeOffset.UtcNow } : state,
                stop);
        }

        await EndAsync(id, ExperimentStatus.Failed, error, stop);
    }

    private async Task EndAsync(string id, ExperimentStatus status, string? error, CancellationToken stop)
    {
        var ended = await store.UpdateExperimentAsync(
            id,
            experiment => experiment.Status.IsOver() ? null : experiment with { Status = status, Error = error, Ended = DateTimeOffset.UtcNow },
            stop);
        if (ended)
        {
            events.Publish(new ExperimentEnded(id, status, error));
        }
    }

    // The transport waits for a broker that is away as long as it takes; meanwhile a store may have to be filled.
    private static async Task SendAsync(Func<CancellationToken, Task> send, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_sendPatience);
        try
        {
            await send(limit.Token);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not take a message within {s_sendPatience.TotalSeconds:0} seconds.", error);
        }
    }

    private ExperimentFolder Folder(string id) => new(Path.Combine(data.Experiments, id));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody takes the order to prepare dataset {Dataset}; it is sent again until a DataPrep service runs. {Reason}")]
    private static partial void NotAsked(ILogger log, string dataset, string reason);
}
