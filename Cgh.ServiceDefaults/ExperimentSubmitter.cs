using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.ServiceDefaults;

/// <summary>How an experiment is asked for, wherever the wish comes from.</summary>
public sealed class ExperimentSubmitter(IRunStore store, IBus bus, TimeProvider clock)
{
    /// <summary>Adds the experiment to the run store and hands it to the coordinator; returns its id.</summary>
    public async Task<string> SubmitAsync(Recipe recipe, CancellationToken stop = default)
    {
        var now = clock.GetUtcNow();
        var id = ExperimentFolder.NewId(recipe.Name, now);
        for (var again = 2; await store.FindExperimentAsync(id, stop) is not null; again++)
        {
            id = $"{ExperimentFolder.NewId(recipe.Name, now)}-{again}";
        }

        var experiment = new ExperimentState { Id = id, Recipe = recipe, Created = now };
        await store.AddExperimentAsync(
            experiment,
            [.. recipe.Runs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = now })],
            stop);
        await SendAsync(id, stop);
        return id;
    }

    /// <summary>Stops a run, or takes it out of the queue.</summary>
    /// <exception cref="UserErrorException">It has ended, or is not there.</exception>
    public async Task CancelAsync(RunId run, CancellationToken stop = default)
    {
        if (!await store.RequestCancelAsync(run, stop))
        {
            throw new UserErrorException($"{run} cannot be cancelled: it has ended, or there is no such run.");
        }

        await bus.Publish(new CancelRun(run), stop);
    }

    /// <summary>Queues a run that did not complete again; it goes on from its last checkpoint.</summary>
    /// <exception cref="UserErrorException">It is queued, running or completed, or is not there.</exception>
    public async Task ResumeAsync(RunId run, CancellationToken stop = default)
    {
        if (!await store.RequeueAsync(run, stop))
        {
            throw new UserErrorException($"{run} cannot be resumed: it is queued, running or completed, or there is no such run.");
        }

        // The coordinator prepares the dataset where it is missing, then queues what waits.
        await store.UpdateExperimentAsync(
            run.Experiment,
            experiment => experiment with { Status = ExperimentStatus.Preparing, Error = null, Ended = null },
            stop);
        await SendAsync(run.Experiment, stop);
    }

    // An order that the bus did not take must not look as if it were under way.
    private async Task SendAsync(string experiment, CancellationToken stop)
    {
        try
        {
            await bus.SendToAsync(Queues.Experiments, new StartExperiment(experiment), stop);
        }
        catch (Exception error)
        {
            await store.UpdateExperimentAsync(
                experiment,
                state => state with { Status = ExperimentStatus.Failed, Error = $"It was not started: {WholeFile.FirstLine(error)}", Ended = clock.GetUtcNow() },
                CancellationToken.None);
            throw;
        }
    }
}
