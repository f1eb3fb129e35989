using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.RunStore;

/// <summary>How an experiment or something about it is asked for, wherever the wish comes from.</summary>
public sealed class ExperimentSubmitter(IRunStore store, IBus bus, TimeProvider clock)
{
    /// <summary>What is asked for begins a trace that goes over the bus to the trainer.</summary>
    public const string ActivitySourceName = "Cgh.Submitter";

    private static readonly ActivitySource s_activities = new(ActivitySourceName);

    /// <summary>Adds the experiment to the run store and hands it to the coordinator; returns its id.</summary>
    public async Task<string> SubmitAsync(Recipe recipe, CancellationToken stop = default)
    {
        using var span = s_activities.StartActivity("submit experiment")?.SetTag("cgh.recipe", recipe.Name);
        var now = clock.GetUtcNow();
        var id = ExperimentFolder.NewId(recipe.Name, now);
        for (var again = 2; !await AddAsync(id, recipe, now, stop); again++)
        {
            id = $"{ExperimentFolder.NewId(recipe.Name, now)}-{again}";
        }

        span?.SetTag("cgh.experiment", id);
        await SendAsync(id, stop);
        return id;
    }

    /// <summary>As <see cref="SubmitAsync(Recipe, CancellationToken)"/>, with a priority instead of the recipe's.</summary>
    /// <param name="recipe">What to run.</param>
    /// <param name="priority">0 to 9; the trainers take the runs with the highest first.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="UserErrorException">There is no such priority.</exception>
    public Task<string> SubmitAsync(Recipe recipe, int priority, CancellationToken stop = default) =>
        SubmitAsync(recipe with { Priority = Recipe.CheckPriority(priority) }, stop);

    /// <summary>Stops a run within one step, or takes it out of the queue.</summary>
    /// <exception cref="UserErrorException">It has ended, or is not there.</exception>
    public async Task CancelAsync(RunId run, CancellationToken stop = default)
    {
        using var span = Span("cancel run", run);
        if (!await TryCancelAsync(run, stop))
        {
            throw new UserErrorException($"{run} cannot be cancelled: it has ended, or there is no such run.");
        }
    }

    /// <summary>Puts a run aside: one that is training writes a checkpoint first. <see cref="ResumeAsync"/> goes on with it.</summary>
    /// <exception cref="UserErrorException">It is not queued or running, or is not there.</exception>
    public async Task PauseAsync(RunId run, CancellationToken stop = default)
    {
        using var span = Span("pause run", run);
        if (!await TryPauseAsync(run, stop))
        {
            throw new UserErrorException($"{run} cannot be paused: it is not queued or running, or there is no such run.");
        }
    }

    /// <summary>Queues a run again that is paused, parked, interrupted, failed or cancelled; it goes on from its last checkpoint.</summary>
    /// <exception cref="UserErrorException">It is queued, running or completed, or is not there.</exception>
    public async Task ResumeAsync(RunId run, CancellationToken stop = default)
    {
        using var span = Span("resume run", run);
        if (!await store.RequeueAsync(run, stop))
        {
            throw new UserErrorException($"{run} cannot be resumed: it is queued, running or completed, or there is no such run.");
        }

        await ReopenAsync(run.Experiment, stop);
    }

    /// <summary>Cancels all runs of an experiment that have not ended; returns which.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public Task<IReadOnlyList<RunId>> CancelExperimentAsync(string experiment, CancellationToken stop = default) => ForEachAsync(experiment, TryCancelAsync, stop);

    /// <summary>Puts all queued and running runs of an experiment aside; returns which.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public Task<IReadOnlyList<RunId>> PauseExperimentAsync(string experiment, CancellationToken stop = default) => ForEachAsync(experiment, TryPauseAsync, stop);

    /// <summary>Queues all runs of an experiment again that are paused, parked, interrupted, failed or cancelled; returns which.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public async Task<IReadOnlyList<RunId>> ResumeExperimentAsync(string experiment, CancellationToken stop = default)
    {
        var resumed = await ForEachAsync(experiment, store.RequeueAsync, stop);
        if (resumed.Count > 0)
        {
            await ReopenAsync(experiment, stop);
        }

        return resumed;
    }

    private Task<bool> AddAsync(string id, Recipe recipe, DateTimeOffset now, CancellationToken stop) => store.AddExperimentAsync(
        new ExperimentState { Id = id, Recipe = recipe, Created = now },
        [.. recipe.Runs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = now })],
        stop);

    private static Activity? Span(string what, RunId run) =>
        s_activities.StartActivity(what)?.SetTag("cgh.experiment", run.Experiment).SetTag("cgh.run", run.Name);

    private async Task<IReadOnlyList<RunId>> ForEachAsync(string experiment, Func<RunId, CancellationToken, Task<bool>> ask, CancellationToken stop)
    {
        var runs = await store.ListRunsAsync(experiment, stop);
        if (runs.Count == 0)
        {
            throw UserErrorException.Usage($"There is no experiment {experiment}.");
        }

        var asked = new List<RunId>();
        foreach (var run in runs)
        {
            if (await ask(run.Id, stop))
            {
                asked.Add(run.Id);
            }
        }

        return asked;
    }

    private async Task<bool> TryCancelAsync(RunId run, CancellationToken stop)
    {
        if (!await store.RequestCancelAsync(run, stop))
        {
            return false;
        }

        await TellAsync(run, new CancelRun(run), stop);
        return true;
    }

    private async Task<bool> TryPauseAsync(RunId run, CancellationToken stop)
    {
        if (!await store.RequestPauseAsync(run, stop))
        {
            return false;
        }

        await TellAsync(run, new PauseRun(run), stop);
        return true;
    }

    // Whoever trains the run looks for wishes now and then; the message makes it at once.
    private async Task TellAsync<T>(RunId id, T command, CancellationToken stop)
        where T : class
    {
        await bus.Publish(command, stop);
        if (await store.FindRunAsync(id, stop) is { } run && run.Status.IsAtRest())
        {
            await bus.Publish(new RunEnded(id, run.Attempt, run.Status, run.Error), stop);
        }
    }

    // The coordinator prepares the dataset where it is missing, then queues what waits.
    private async Task ReopenAsync(string experiment, CancellationToken stop)
    {
        await store.UpdateExperimentAsync(
            experiment,
            state => state.Status.IsOver() ? state with { Status = ExperimentStatus.Preparing, Asked = null, Error = null, Ended = null } : null,
            stop);
        // The runs are queued in the store: where the bus does not take the order, the housekeeping finds them.
        await StartAsync(experiment, stop);
    }

    // The message waits when no trainer has been there yet.
    private async Task StartAsync(string experiment, CancellationToken stop)
    {
        var endpoint = await bus.GetSendEndpoint(new Uri($"queue:{Queues.Experiments}"));
        await endpoint.Send(new StartExperiment(experiment), stop);
    }

    // An order that the bus did not take must not look as if it were under way.
    private async Task SendAsync(string experiment, CancellationToken stop)
    {
        try
        {
            await StartAsync(experiment, stop);
        }
        catch (Exception error)
        {
            await store.UpdateExperimentAsync(
                experiment,
                state => state with { Status = ExperimentStatus.Failed, Error = $"It was not started: {AtomicFile.FirstLine(error)}", Ended = clock.GetUtcNow() },
                CancellationToken.None);
            throw;
        }
    }
}
