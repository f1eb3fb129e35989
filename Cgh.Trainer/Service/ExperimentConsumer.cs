using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Receives the messages that advance an experiment and passes them to the coordinator.</summary>
internal sealed class ExperimentConsumer(IRetryingRunStore store, ExperimentCoordinator coordinator) :
    IConsumer<StartExperiment>, IConsumer<DatasetReady>, IConsumer<RunEnded>
{
    public async Task Consume(ConsumeContext<StartExperiment> context)
    {
        var id = context.Message.Experiment;
        var experiment = await store.FindExperimentAsync(id, context.CancellationToken)
            ?? throw new UserErrorException($"There is no experiment {id} in the run store. Submit its recipe again.");
        await coordinator.PrepareAsync(context, experiment, context.CancellationToken);
    }

    public Task Consume(ConsumeContext<DatasetReady> context) => context.Message.Experiment is { } id
        ? coordinator.ContinueAsync(context, id, context.Message.Error, context.CancellationToken)
        : Task.CompletedTask;

    public Task Consume(ConsumeContext<RunEnded> context) => coordinator.ContinueAfterAsync(context, context.Message, context.CancellationToken);
}

/// <summary>One queue for all trainers; each handles one message at a time.</summary>
internal sealed class ExperimentConsumerDefinition : ConsumerDefinition<ExperimentConsumer>
{
    public ExperimentConsumerDefinition()
    {
        EndpointName = Queues.Experiments;
        ConcurrentMessageLimit = 1;
    }
}
