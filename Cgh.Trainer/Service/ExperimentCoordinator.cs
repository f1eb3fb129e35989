using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Writes an experiment's report into its folder.</summary>
internal delegate void ReportWriter(ExperimentFolder folder);

/// <summary>
/// Coordinates experiments: requests the dataset, queues the runs when it is ready, and writes the report when all have ended.
/// It has no state in memory, so any trainer can take the next step, and every step is idempotent.
/// </summary>
internal sealed partial class ExperimentCoordinator(
    IRetryingRunStore store, IEventPublisher events, RunFolders folders, ReportWriter writeReport, TimeProvider clock, ILogger<ExperimentCoordinator> log)
{
    private static readonly TimeSpan s_reportTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_sendTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Writes the experiment's record if missing, and requests its dataset.</summary>
    public async Task PrepareAsync(ISendEndpointProvider sender, ExperimentState experiment, CancellationToken cancellationToken)
    {
        var folder = folders.Experiment(experiment.Id);
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
            await AbandonAsync(experiment.Id, $"Cannot write the experiment's folder: {UserText.FirstLine(error)}", cancellationToken);
            return;
        }

        var wasSent = true;
        try
        {
            await SendAsync(
                token => sender.RequestDatasetAsync(new PrepareDataset(experiment.Recipe.Dataset, experiment.Recipe.Labels, experiment.Id), token),
                cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The reconciler requests it again.
            wasSent = false;
            DatasetNotRequested(log, experiment.Recipe.Dataset.Name, UserText.FirstLine(error));
        }

        await store.ApplyAsync(experiment.Id, new DatasetRequested(wasSent), clock, cancellationToken);
    }

    /// <summary>Queues the runs in the recipe's order once the dataset is ready, or fails the experiment with <paramref name="error"/>.</summary>
    public async Task ContinueAsync(ISendEndpointProvider sender, string id, string? error, CancellationToken cancellationToken)
    {
        if (error is not null)
        {
            await AbandonAsync(id, error, cancellationToken);
            return;
        }

        var arrived = await store.ApplyAsync(id, new DatasetArrived(), clock, cancellationToken);
        if (!arrived.IsAllowed)
        {
            return;
        }

        await OfferReadyAsync(sender, arrived.State, cancellationToken);

        // All runs may have been cancelled while the dataset was being prepared.
        await CloseIfOverAsync(sender, id, cancellationToken);
    }

    /// <summary>Queues the runs that needed the result of the one that has ended.</summary>
    public async Task ContinueAfterAsync(ISendEndpointProvider sender, RunEnded ended, CancellationToken cancellationToken)
    {
        var id = ended.Run.Experiment;
        if (ended.Status == RunStatus.Completed
            && await store.FindExperimentAsync(id, cancellationToken) is { Status: ExperimentStatus.Running } experiment
            && experiment.Recipe.Runs.Any(run => StageInputs.Of(run, experiment.Recipe) == ended.Run.Name))
        {
            await OfferReadyAsync(sender, experiment, cancellationToken);
        }

        await CloseIfOverAsync(sender, id, cancellationToken);
    }

    /// <summary>Queues the runs, in the recipe's order, that have not been queued yet and need no result of another run that is still missing.</summary>
    public async Task OfferReadyAsync(ISendEndpointProvider sender, ExperimentState experiment, CancellationToken cancellationToken)
    {
        var runs = await store.ListRunsAsync(experiment.Id, cancellationToken);
        foreach (var run in runs)
        {
            if (run is { Status: RunStatus.Queued, Offered: null } && StageInputs.WaitsFor(run, experiment.Recipe, runs) is null)
            {
                await OfferAsync(sender, run.Id, experiment.Recipe.Priority, cancellationToken);
            }
        }
    }

    /// <summary>Puts a queued run into the trainers' queue.</summary>
    public async Task OfferAsync(ISendEndpointProvider sender, RunId run, int priority, CancellationToken cancellationToken)
    {
        // Store first, then send: the reconciler finds a run that was stored but not sent; one sent but not stored would be sent twice.
        var offered = await store.ApplyAsync(run, new RunOffered(), clock, cancellationToken);
        await CarryOutAsync(sender, offered.Effects, priority, cancellationToken);
    }

    /// <summary>Carries out the effects of a transition of a run that no trainer holds.</summary>
    public async Task CarryOutAsync(ISendEndpointProvider sender, IReadOnlyList<LifecycleEffect> effects, int priority, CancellationToken cancellationToken)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SendStartRun start:
                    await SendAsync(token => sender.OfferRunAsync(new StartRun(start.Run, priority), token), cancellationToken);
                    break;
                case PublishRunEnded ended:
                    events.Publish(new RunEnded(ended.Run, ended.Attempt, ended.Status, ended.Error));
                    break;
            }
        }
    }

    /// <summary>Reopens an experiment for a run that was resumed, and requests its dataset.</summary>
    public async Task ReopenAsync(ISendEndpointProvider sender, string id, CancellationToken cancellationToken)
    {
        var reopened = await store.ApplyAsync(id, new RunResumed(), clock, cancellationToken);
        if (reopened.IsAllowed)
        {
            await PrepareAsync(sender, reopened.State, cancellationToken);
        }
    }

    /// <summary>Writes the report and ends the experiment once none of its runs is active.</summary>
    public async Task CloseIfOverAsync(ISendEndpointProvider sender, string id, CancellationToken cancellationToken)
    {
        // Two trainers would overwrite each other's report. The second one skips it; the reconciler checks again.
        var name = $"close:{id}";
        var holder = $"{Guid.NewGuid():n}";
        if (!await store.TakeLockAsync(name, holder, s_reportTimeout, cancellationToken))
        {
            return;
        }

        try
        {
            await CloseIfOverLockedAsync(sender, id, cancellationToken);
        }
        finally
        {
            await store.ReleaseLockDuringShutdownAsync(name, holder, clock);
        }
    }

    private async Task CloseIfOverLockedAsync(ISendEndpointProvider sender, string id, CancellationToken cancellationToken)
    {
        var runs = await StatusesAsync(id, cancellationToken);
        var examined = await store.ApplyAsync(id, new RunsExamined(runs), clock, cancellationToken);
        if (!examined.Effects.OfType<WriteReport>().Any())
        {
            return;
        }

        await EndAsync(id, new ReportWritten(runs, Report(id)), cancellationToken);

        // A run may have been resumed meanwhile.
        if ((await StatusesAsync(id, cancellationToken)).Any(run => run.IsActive()))
        {
            await ReopenAsync(sender, id, cancellationToken);
        }
    }

    // A failed report must not keep the experiment open; its error says why there is none.
    private string? Report(string id)
    {
        try
        {
            writeReport(folders.Experiment(id));
            return null;
        }
        catch (Exception error)
        {
            if (error is not (UserErrorException or IOException or UnauthorizedAccessException))
            {
                // Unexpected: log it with its stack trace.
                ReportFailed(log, id, error);
            }

            return $"No report: {UserText.FirstLine(error)}";
        }
    }

    // A run that waits for a stopped one does not keep the experiment open.
    private async Task<IReadOnlyList<RunStatus>> StatusesAsync(string id, CancellationToken cancellationToken)
    {
        var runs = await store.ListRunsAsync(id, cancellationToken);
        return await store.FindExperimentAsync(id, cancellationToken) is { } experiment
            ? StageInputs.Statuses(experiment.Recipe, runs)
            : [.. runs.Select(run => run.Status)];
    }

    private async Task AbandonAsync(string id, string error, CancellationToken cancellationToken)
    {
        foreach (var run in await store.ListRunsAsync(id, cancellationToken))
        {
            await store.ApplyAsync(run.Id, new DatasetFailed(error), clock, cancellationToken);
        }

        // Runs that already train have read the dataset; the last one to end closes the experiment.
        await EndAsync(id, new ExperimentAbandoned(await StatusesAsync(id, cancellationToken), error), cancellationToken);
    }

    private async Task EndAsync(string id, ExperimentEvent happened, CancellationToken cancellationToken)
    {
        foreach (var ended in (await store.ApplyAsync(id, happened, clock, cancellationToken)).Effects.OfType<PublishExperimentEnded>())
        {
            events.Publish(new ExperimentEnded(ended.Experiment, ended.Status, ended.Error));
        }
    }

    // MassTransit waits indefinitely for a broker that is down, and the reconciler may have to refill the store meanwhile.
    private async Task SendAsync(Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(s_sendTimeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await send(linked.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not accept a message within {s_sendTimeout.TotalSeconds:0} seconds.", error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot request dataset {Dataset}; retrying until a DataPrep service is running. {Reason}")]
    private static partial void DatasetNotRequested(ILogger log, string dataset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot write the report of {Experiment}.")]
    private static partial void ReportFailed(ILogger log, string experiment, Exception error);
}
