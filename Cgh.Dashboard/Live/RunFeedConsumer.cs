using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.Dashboard.Live;

/// <summary>Publishes bus events to the open pages.</summary>
internal sealed class RunFeedConsumer(RunFeed feed, InspectionFeed inspections) :
    IConsumer<RunStarted>,
    IConsumer<RunProgressed>,
    IConsumer<SetEvaluated>,
    IConsumer<RunEnded>,
    IConsumer<DatasetProgressed>,
    IConsumer<DatasetReady>,
    IConsumer<ExperimentEnded>,
    IConsumer<InspectionProgressed>
{
    public Task Consume(ConsumeContext<RunStarted> context) => Experiment(context.Message.Run.Experiment);

    public Task Consume(ConsumeContext<RunProgressed> context) => Experiment(context.Message.Run.Experiment);

    public Task Consume(ConsumeContext<SetEvaluated> context) => Experiment(context.Message.Run.Experiment);

    public Task Consume(ConsumeContext<RunEnded> context) => Experiment(context.Message.Run.Experiment);

    public Task Consume(ConsumeContext<ExperimentEnded> context) => Experiment(context.Message.Experiment);

    public Task Consume(ConsumeContext<DatasetProgressed> context) => Dataset(context.Message.Dataset);

    public Task Consume(ConsumeContext<DatasetReady> context) => Dataset(context.Message.Dataset);

    public Task Consume(ConsumeContext<InspectionProgressed> context)
    {
        inspections.Publish(context.Message);
        return Task.CompletedTask;
    }

    private Task Experiment(string id)
    {
        feed.Publish(new FeedChange(id));
        return Task.CompletedTask;
    }

    private Task Dataset(string name)
    {
        feed.Publish(new FeedChange(Experiment: null, name));
        return Task.CompletedTask;
    }
}

/// <summary>A temporary queue for each dashboard, so that each receives every event.</summary>
internal sealed class RunFeedConsumerDefinition : ConsumerDefinition<RunFeedConsumer>
{
    public RunFeedConsumerDefinition() => Endpoint(endpoint =>
    {
        endpoint.Name = "dashboard";
        endpoint.InstanceId = Guid.NewGuid().ToString("N");
        endpoint.Temporary = true;
    });
}
