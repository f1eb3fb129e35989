using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Report;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>
/// Coordinates experiments: asks for the dataset, queues the runs when it is ready, writes the report when all have ended.
/// It keeps nothing in memory, so any trainer can take the next step.
/// </summary>
internal sealed class ExperimentConsumer(IRunStore store, DataFolder data) :
    IConsumer<StartExperiment>, IConsumer<DatasetReady>, IConsumer<RunEnded>
{
    public async Task Consume(ConsumeContext<StartExperiment> context)
    {
        var experiment = await store.FindExperimentAsync(context.Message.Experiment, context.CancellationToken)
            ?? throw new InvalidOperationException($"The run store does not know experiment {context.Message.Experiment}.");
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
            await GiveUpAsync(context, experiment.Id, $"The experiment's folder cannot be written: {WholeFile.FirstLine(error)}");
            return;
        }

        await context.SendToAsync(Queues.PrepareDataset, new PrepareDataset(experiment.Recipe.Dataset, experiment.Recipe.Labels, experiment.Id), context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<DatasetReady> context)
    {
        if (context.Message.Experiment is not { } id)
        {
            return;
        }

        if (context.Message.Error is { } error)
        {
            await GiveUpAsync(context, id, error);
            return;
        }

        var begun = await store.UpdateExperimentAsync(
            id,
            experiment => experiment.Status == ExperimentStatus.Preparing ? experiment with { Status = ExperimentStatus.Running } : null,
            context.CancellationToken);
        if (!begun)
        {
            return;
        }

        foreach (var run in await store.ListRunsAsync(id, context.CancellationToken))
        {
            if (run.Status == RunStatus.Queued)
            {
                await context.SendToAsync(Queues.StartRun, new StartRun(run.Id), context.CancellationToken);
            }
        }

        // Every run may have been cancelled while the dataset was made.
        await CloseIfOverAsync(context, id);
    }

    public Task Consume(ConsumeContext<RunEnded> context) => CloseIfOverAsync(context, context.Message.Run.Experiment);

    private async Task CloseIfOverAsync(ConsumeContext context, string id)
    {
        var runs = await store.ListRunsAsync(id, context.CancellationToken);
        if (runs.Count == 0 || runs.Any(run => run.Status is RunStatus.Queued or RunStatus.Running))
        {
            return;
        }

        var failed = runs.Count(run => run.Status != RunStatus.Completed);
        var error = failed == 0 ? null : $"{failed} of {runs.Count} runs did not complete.";
        try
        {
            ExperimentReport.Write(Folder(id));
        }
        catch (Exception reason) when (reason is UserErrorException or IOException or UnauthorizedAccessException)
        {
            error = string.Join(' ', new[] { error, $"No report: {WholeFile.FirstLine(reason)}" }.OfType<string>());
        }

        var status = failed == 0 ? ExperimentStatus.Completed
            : runs.Any(run => run.Status == RunStatus.Interrupted) ? ExperimentStatus.Interrupted
            : ExperimentStatus.Failed;
        await EndAsync(context, id, status, error);
    }

    private async Task GiveUpAsync(ConsumeContext context, string id, string error)
    {
        foreach (var run in await store.ListRunsAsync(id, context.CancellationToken))
        {
            await store.UpdateRunAsync(
                run.Id,
                run.Attempt,
                state => state.Status == RunStatus.Queued ? state with { Status = RunStatus.Failed, Error = error, Ended = DateTimeOffset.UtcNow } : state,
                context.CancellationToken);
        }

        await EndAsync(context, id, ExperimentStatus.Failed, error);
    }

    private async Task EndAsync(ConsumeContext context, string id, ExperimentStatus status, string? error)
    {
        var ended = await store.UpdateExperimentAsync(
            id,
            experiment => experiment.Status.IsOver() ? null : experiment with { Status = status, Error = error, Ended = DateTimeOffset.UtcNow },
            context.CancellationToken);
        if (ended)
        {
            await context.Publish(new ExperimentEnded(id, status, error), context.CancellationToken);
        }
    }

    private ExperimentFolder Folder(string id) => new(Path.Combine(data.Experiments, id));
}

/// <summary>One queue for all trainers, one step at a time in each.</summary>
internal sealed class ExperimentConsumerDefinition : ConsumerDefinition<ExperimentConsumer>
{
    public ExperimentConsumerDefinition()
    {
        EndpointName = Queues.Experiments;
        ConcurrentMessageLimit = 1;
    }
}
