using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Writes an experiment's report into its folder.</summary>
internal delegate void ReportWriter(ExperimentFolder folder);

/// <summary>
/// Coordinates experiments: asks for the dataset, queues the runs when it is ready, writes the report when all have ended.
/// It keeps nothing in memory, so any trainer can take the next step, and every step can be taken twice.
/// </summary>
internal sealed partial class ExperimentCoordinator(
    IRetryingRunStore store, IEventPublisher events, RunFolders folders, ReportWriter writeReport, TimeProvider clock, ILogger<ExperimentCoordinator> log)
{
    private static readonly TimeSpan s_reportTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_sendTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Writes the experiment's record where it is missing, and asks for its dataset.</summary>
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
            await AbandonAsync(experiment.Id, $"The experiment's folder cannot be written: {AtomicFile.FirstLine(error)}", cancellationToken);
            return;
        }

        var wasSent = true;
        try
        {
            await SendAsync(
                limit => sender.AskForDatasetAsync(new PrepareDataset(experiment.Recipe.Dataset, experiment.Recipe.Labels, experiment.Id), limit), cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The reconciler asks again soon.
            wasSent = false;
            NotAsked(log, experiment.Recipe.Dataset.Name, AtomicFile.FirstLine(error));
        }

        await store.ApplyAsync(experiment.Id, new DatasetRequested(wasSent), clock, cancellationToken);
    }

    /// <summary>The dataset is ready, or <paramref name="error"/> says why it cannot be: queues the runs that wait for it, in the recipe's order.</summary>
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

        foreach (var run in await store.ListRunsAsync(id, cancellationToken))
        {
            if (run is { Status: RunStatus.Queued, Offered: null })
            {
                await OfferAsync(sender, run.Id, arrived.State.Recipe.Priority, cancellationToken);
            }
        }

        // Every run may have been cancelled while the dataset was made.
        await CloseIfOverAsync(sender, id, cancellationToken);
    }

    /// <summary>Puts a queued run into the trainers' queue.</summary>
    public async Task OfferAsync(ISendEndpointProvider sender, RunId run, int priority, CancellationToken cancellationToken)
    {
        // Noted first: a run that is noted and was not sent is found by the reconciler, one that was sent and is not noted would be sent again.
        var offered = await store.ApplyAsync(run, new RunOffered(), clock, cancellationToken);
        await CarryOutAsync(sender, offered.Effects, priority, cancellationToken);
    }

    /// <summary>Carries out what is left to do after a transition of a run that no trainer holds.</summary>
    public async Task CarryOutAsync(ISendEndpointProvider sender, IReadOnlyList<LifecycleEffect> effects, int priority, CancellationToken cancellationToken)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SendStartRun start:
                    await SendAsync(limit => sender.OfferRunAsync(new StartRun(start.Run, priority), limit), cancellationToken);
                    break;
                case PublishRunEnded ended:
                    events.Publish(new RunEnded(ended.Run, ended.Attempt, ended.Status, ended.Error));
                    break;
            }
        }
    }

    /// <summary>Writes the report and ends the experiment when none of its runs is under way.</summary>
    public async Task CloseIfOverAsync(ISendEndpointProvider sender, string id, CancellationToken cancellationToken)
    {
        // Two at once would write the report over each other; whoever comes second leaves it to the first, and the reconciler checks again.
        var name = $"close:{id}";
        var holder = $"{Guid.NewGuid():n}";
        if (!await store.TakeLockAsync(name, holder, s_reportTimeout, cancellationToken))
        {
            return;
        }

        try
        {
            await CloseIfOverAloneAsync(sender, id, cancellationToken);
        }
        finally
        {
            await store.ReleaseLockAsync(name, holder, cancellationToken);
        }
    }

    private async Task CloseIfOverAloneAsync(ISendEndpointProvider sender, string id, CancellationToken cancellationToken)
    {
        var runs = await StatusesAsync(id, cancellationToken);
        var examined = await store.ApplyAsync(id, new RunsExamined(runs), clock, cancellationToken);
        if (!examined.Effects.OfType<WriteReport>().Any())
        {
            return;
        }

        await EndAsync(id, new ReportWritten(runs, Report(id)), cancellationToken);

        // Somebody may have resumed a run between the look at the runs and the end.
        if ((await StatusesAsync(id, cancellationToken)).Any(run => !run.IsAtRest()))
        {
            var reopened = await store.ApplyAsync(id, new RunResumed(), clock, cancellationToken);
            if (reopened.IsAllowed)
            {
                await PrepareAsync(sender, reopened.State, cancellationToken);
            }
        }
    }

    // Whatever goes wrong with the report, the experiment ends and says so.
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
                // A defect: where it happened is worth more than its one line.
                NoReport(log, id, error);
            }

            return $"No report: {AtomicFile.FirstLine(error)}";
        }
    }

    private async Task<IReadOnlyList<RunStatus>> StatusesAsync(string id, CancellationToken cancellationToken) =>
        [.. (await store.ListRunsAsync(id, cancellationToken)).Select(run => run.Status)];

    private async Task AbandonAsync(string id, string error, CancellationToken cancellationToken)
    {
        foreach (var run in await store.ListRunsAsync(id, cancellationToken))
        {
            await store.ApplyAsync(run.Id, new DatasetFailed(error), clock, cancellationToken);
        }

        await EndAsync(id, new ExperimentAbandoned(error), cancellationToken);
    }

    private async Task EndAsync(string id, ExperimentEvent happened, CancellationToken cancellationToken)
    {
        foreach (var ended in (await store.ApplyAsync(id, happened, clock, cancellationToken)).Effects.OfType<PublishExperimentEnded>())
        {
            events.Publish(new ExperimentEnded(ended.Experiment, ended.Status, ended.Error));
        }
    }

    // The transport waits for a broker that is away as long as it takes; meanwhile a store may have to be refilled.
    private async Task SendAsync(Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(s_sendTimeout, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await send(limit.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not take a message within {s_sendTimeout.TotalSeconds:0} seconds.", error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody takes the request to prepare dataset {Dataset}; it is sent again until a DataPrep service runs. {Reason}")]
    private static partial void NotAsked(ILogger log, string dataset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The report of {Experiment} could not be written.")]
    private static partial void NoReport(ILogger log, string experiment, Exception error);
}
