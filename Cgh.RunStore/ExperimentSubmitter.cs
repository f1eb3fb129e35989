using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.RunStore;

/// <summary>Submits experiments and sends commands to runs, for the dashboard and the command line.</summary>
public sealed class ExperimentSubmitter(IRunStore store, IBus bus, TimeProvider clock, IBrokerStatus? broker = null)
{
    /// <summary>Each command starts a trace that continues over the bus to the trainer.</summary>
    public const string ActivitySourceName = "Cgh.Submitter";

    private static readonly ActivitySource s_activities = new(ActivitySourceName);

    /// <summary>Adds the experiment to the run store and hands it to the coordinator; returns its id.</summary>
    /// <exception cref="UserErrorException">The broker accepts no messages; nothing was added.</exception>
    public async Task<string> SubmitAsync(Recipe recipe, CancellationToken cancellationToken = default)
    {
        using var span = s_activities.StartActivity("submit experiment")?.SetTag("cgh.recipe", recipe.Name);
        if (await BrokerFaultAsync(cancellationToken) is { } fault)
        {
            throw UserErrorException.Unreachable(fault);
        }

        var now = clock.GetUtcNow();
        var id = ExperimentFolder.NewId(recipe.Name, now);
        for (var suffix = 2; !await AddAsync(id, recipe, now, cancellationToken); suffix++)
        {
            id = $"{ExperimentFolder.NewId(recipe.Name, now)}-{suffix}";
        }

        span?.SetTag("cgh.experiment", id);
        await SendAsync(id, cancellationToken);
        return id;
    }

    /// <summary>As <see cref="SubmitAsync(Recipe, CancellationToken)"/>, with a priority that overrides the recipe's.</summary>
    /// <param name="recipe">The recipe to run.</param>
    /// <param name="priority">0 to 9; trainers take the highest priority first.</param>
    /// <param name="cancellationToken">Cancels the submission.</param>
    /// <exception cref="UserErrorException">The priority is out of range.</exception>
    public Task<string> SubmitAsync(Recipe recipe, int priority, CancellationToken cancellationToken = default) =>
        SubmitAsync(recipe with { Priority = Recipe.CheckPriority(priority) }, cancellationToken);

    /// <summary>Stops a run within one step, or removes it from the queue.</summary>
    /// <exception cref="UserErrorException">It has ended or does not exist.</exception>
    public Task CancelAsync(RunId run, CancellationToken cancellationToken = default) => CommandAsync(run, RunCommand.Cancel, cancellationToken);

    /// <summary>Pauses a run; a running one writes a checkpoint first. <see cref="ResumeAsync"/> continues it.</summary>
    /// <exception cref="UserErrorException">It is not queued or running, or does not exist.</exception>
    public Task PauseAsync(RunId run, CancellationToken cancellationToken = default) => CommandAsync(run, RunCommand.Pause, cancellationToken);

    /// <summary>Queues a paused, parked, interrupted, failed or cancelled run again; it continues from its last checkpoint.</summary>
    /// <exception cref="UserErrorException">It is queued, running or completed, or does not exist.</exception>
    public Task ResumeAsync(RunId run, CancellationToken cancellationToken = default) => CommandAsync(run, RunCommand.Resume, cancellationToken);

    /// <summary>Cancels all runs of an experiment that have not ended, and returns them.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public Task<IReadOnlyList<RunId>> CancelExperimentAsync(string experiment, CancellationToken cancellationToken = default) =>
        CommandAllAsync(experiment, RunCommand.Cancel, cancellationToken);

    /// <summary>Pauses all queued and running runs of an experiment, and returns them.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public Task<IReadOnlyList<RunId>> PauseExperimentAsync(string experiment, CancellationToken cancellationToken = default) =>
        CommandAllAsync(experiment, RunCommand.Pause, cancellationToken);

    /// <summary>Queues all paused, parked, interrupted, failed or cancelled runs of an experiment again, and returns them.</summary>
    /// <exception cref="UserErrorException">There is no such experiment.</exception>
    public Task<IReadOnlyList<RunId>> ResumeExperimentAsync(string experiment, CancellationToken cancellationToken = default) =>
        CommandAllAsync(experiment, RunCommand.Resume, cancellationToken);

    /// <summary>Pauses all queued and running runs of all experiments, and returns them. Experiments submitted later are not affected.</summary>
    public async Task<IReadOnlyList<RunId>> PauseQueueAsync(CancellationToken cancellationToken = default)
    {
        using var span = s_activities.StartActivity("pause queue");
        // Queued runs first: a trainer takes one as soon as its run has paused.
        return
        [
            .. await CommandQueueAsync(RunCommand.Pause, run => run.Status == RunStatus.Queued, cancellationToken),
            .. await CommandQueueAsync(RunCommand.Pause, run => run.Status == RunStatus.Running, cancellationToken),
        ];
    }

    /// <summary>Queues all paused runs of all experiments again, those of the oldest experiment first, and returns them.</summary>
    public async Task<IReadOnlyList<RunId>> ResumeQueueAsync(CancellationToken cancellationToken = default)
    {
        using var span = s_activities.StartActivity("resume queue");
        return await CommandQueueAsync(RunCommand.Resume, run => run.Status is RunStatus.Paused or RunStatus.Queued, cancellationToken);
    }

    private Task<bool> AddAsync(string id, Recipe recipe, DateTimeOffset now, CancellationToken cancellationToken) => store.AddExperimentAsync(
        new ExperimentState { Id = id, Recipe = recipe, Created = now },
        [.. recipe.Runs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = now })],
        cancellationToken);

    private async Task CommandAsync(RunId run, RunCommand command, CancellationToken cancellationToken)
    {
        using var span = s_activities.StartActivity($"{command.ToString().ToLowerInvariant()} run")?.SetTag("cgh.experiment", run.Experiment)
            .SetTag("cgh.run", run.Name);
        var transition = await store.ApplyAsync(run, new RunCommanded(command), clock, cancellationToken);
        if (transition.IsAllowed)
        {
            await CarryOutAsync(transition.Effects, cancellationToken);
        }
        else if (IsQueued(transition, command) && await HasEndedAsync(run.Experiment, cancellationToken))
        {
            await CarryOutAsync([new ReopenExperiment(run.Experiment)], cancellationToken);
        }
        else
        {
            throw new UserErrorException($"{run} cannot be {PastTense(command)}: {transition.Refusal}.");
        }
    }

    private async Task<IReadOnlyList<RunId>> CommandAllAsync(string experiment, RunCommand command, CancellationToken cancellationToken)
    {
        using var span = s_activities.StartActivity($"{command.ToString().ToLowerInvariant()} experiment")?.SetTag("cgh.experiment", experiment);
        var runs = await store.ListRunsAsync(experiment, cancellationToken);
        if (runs.Count == 0)
        {
            throw await store.FindRebuildProgressAsync(cancellationToken) is { } progress
                ? new UserErrorException($"There is no experiment {experiment} yet: {progress.Done} of {progress.Total} have been read. Try again in a moment.")
                : UserErrorException.Usage($"There is no experiment {experiment}.");
        }

        return await CommandAsync(experiment, runs, command, cancellationToken);
    }

    private async Task<IReadOnlyList<RunId>> CommandQueueAsync(RunCommand command, Func<RunState, bool> filter, CancellationToken cancellationToken)
    {
        var changed = new List<RunId>();
        foreach (var experiment in (await store.ListExperimentsAsync(int.MaxValue, cancellationToken)).Reverse())
        {
            var runs = (await store.ListRunsAsync(experiment.Id, cancellationToken)).Where(filter).ToList();
            if (runs.Count > 0)
            {
                changed.AddRange(await CommandAsync(experiment.Id, runs, command, cancellationToken));
            }
        }

        return changed;
    }

    private async Task<IReadOnlyList<RunId>> CommandAsync(
        string experiment, IReadOnlyList<RunState> runs, RunCommand command, CancellationToken cancellationToken)
    {
        var changed = new List<RunId>();
        var hasEnded = command == RunCommand.Resume && await HasEndedAsync(experiment, cancellationToken);
        // Once, after all runs are queued.
        ReopenExperiment? reopen = null;
        foreach (var run in runs)
        {
            var transition = await store.ApplyAsync(run.Id, new RunCommanded(command), clock, cancellationToken);
            if (transition.IsAllowed)
            {
                changed.Add(run.Id);
                await CarryOutAsync([.. transition.Effects.Where(effect => effect is not ReopenExperiment)], cancellationToken);
                reopen = transition.Effects.OfType<ReopenExperiment>().SingleOrDefault() ?? reopen;
            }
            else if (hasEnded && IsQueued(transition, command))
            {
                changed.Add(run.Id);
                reopen = new ReopenExperiment(experiment);
            }
        }

        await CarryOutAsync(reopen is null ? [] : [reopen], cancellationToken);
        return changed;
    }

    // To resume a queued run changes nothing, unless its experiment has ended: an earlier command was interrupted between the writes of the
    // two, or the submission failed.
    private static bool IsQueued(Transition<RunState> refused, RunCommand command) =>
        command == RunCommand.Resume && refused.State?.Phase() == RunPhase.Queued;

    private async Task<bool> HasEndedAsync(string experiment, CancellationToken cancellationToken) =>
        (await store.FindExperimentAsync(experiment, cancellationToken))?.Status.IsOver() == true;

    private async Task CarryOutAsync(IReadOnlyList<LifecycleEffect> effects, CancellationToken cancellationToken)
    {
        // The state in the store is the command. Without the messages, the trainers notice it when they next poll the store.
        var canSend = effects.Count == 0 || await BrokerFaultAsync(cancellationToken) is null;
        foreach (var effect in effects.Where(effect => canSend || effect is ReopenExperiment))
        {
            switch (effect)
            {
                // The trainer also polls the store for stop requests; the message only speeds it up.
                case StopAttempt { Request: StopRequest.Cancel } toStop:
                    await bus.Publish(new CancelRun(toStop.Run), cancellationToken);
                    break;
                case StopAttempt { Request: StopRequest.Pause } toStop:
                    await bus.Publish(new PauseRun(toStop.Run), cancellationToken);
                    break;
                case PublishRunEnded ended:
                    await bus.Publish(new RunEnded(ended.Run, ended.Attempt, ended.Status, ended.Error), cancellationToken);
                    break;
                case ReopenExperiment reopen:
                    await CarryOutAsync((await store.ApplyAsync(reopen.Experiment, new RunResumed(), clock, cancellationToken)).Effects, cancellationToken);
                    break;
                // The runs are already queued in the store, so the reconciler picks them up even if this message is lost.
                case SendStartExperiment start:
                    await StartAsync(start.Experiment, cancellationToken);
                    break;
            }
        }
    }

    // To the queue, not the exchange: the message waits until the first trainer starts.
    private async Task StartAsync(string experiment, CancellationToken cancellationToken)
    {
        var endpoint = await bus.GetSendEndpoint(new Uri($"queue:{Queues.Experiments}"));
        await endpoint.Send(new StartExperiment(experiment), cancellationToken);
    }

    private Task<string?> BrokerFaultAsync(CancellationToken cancellationToken) =>
        broker?.FaultAsync(cancellationToken) ?? Task.FromResult<string?>(null);

    // An experiment whose message was not sent must not appear to be running, and neither must its runs.
    private async Task SendAsync(string experiment, CancellationToken cancellationToken)
    {
        try
        {
            await StartAsync(experiment, cancellationToken);
        }
        catch (Exception error)
        {
            var reason = $"Not started: {(error is OperationCanceledException ? "the broker did not accept the message." : UserText.FirstLine(error))}";
            if ((await store.ApplyAsync(experiment, new SubmissionFailed(reason), clock, CancellationToken.None)).IsAllowed)
            {
                foreach (var run in await store.ListRunsAsync(experiment, CancellationToken.None))
                {
                    await store.ApplyAsync(run.Id, new DatasetFailed(reason), clock, CancellationToken.None);
                }
            }

            throw;
        }
    }

    private static string PastTense(RunCommand command) => command switch
    {
        RunCommand.Cancel => "cancelled",
        RunCommand.Pause => "paused",
        RunCommand.Resume => "resumed",
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Unknown command."),
    };
}
