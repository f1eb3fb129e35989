using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>Makes datasets that experiments wait for, and tells them when each is ready or why it cannot be.</summary>
internal sealed partial class PrepareDatasetConsumer(PatientRunStore store, DatasetPreparation preparation, ILogger<PrepareDatasetConsumer> log) : IConsumer<PrepareDataset>
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(0.5);

    public async Task Consume(ConsumeContext<PrepareDataset> context)
    {
        var (request, labels, experiment) = context.Message;
        var last = new StageProgress("preparing", 0, 0);
        await store.SaveDatasetAsync(State(request.Name, last, ready: false), context.CancellationToken);

        var progress = new LatestProgress();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var work = Task.Run(() => preparation.Prepare(request, labels, progress, cancellation.Token), CancellationToken.None);
        try
        {
            while (await Task.WhenAny(work, Task.Delay(s_progressInterval, CancellationToken.None)) != work)
            {
                if (progress.NewerThan(last) is { } newer)
                {
                    last = newer;
                    await store.SaveDatasetAsync(State(request.Name, last, ready: false), context.CancellationToken);
                    await context.Publish(new DatasetProgressed(request.Name, last.Stage, last.Done, last.Total), context.CancellationToken);
                }
            }
        }
        catch
        {
            // The next delivery of this message must not meet the work of this one.
            await cancellation.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        var error = await ErrorOfAsync(work, request.Name);
        last = progress.NewerThan(last) ?? last;
        await store.SaveDatasetAsync(State(request.Name, error is null ? last with { Stage = "ready", Done = last.Total } : last, error is null, error), context.CancellationToken);
        await context.Publish(new DatasetReady(request.Name, error, experiment), context.CancellationToken);
    }

    // Whoever waits for the dataset must hear of any failure, so none goes to the error queue; a stopped service gives the
    // message back instead.
    private async Task<string?> ErrorOfAsync(Task work, string dataset)
    {
        try
        {
            await work;
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Unexpected(log, dataset, error);
            return $"Dataset '{dataset}' could not be made, {error.GetType().Name}: {AtomicFile.FirstLine(error)} The log of DataPrep says where.";
        }
    }

    private static DatasetState State(string name, StageProgress progress, bool ready, string? error = null) =>
        new(name, progress.Stage, progress.Done, progress.Total, ready, error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Dataset {Dataset} could not be made.")]
    private static partial void Unexpected(ILogger log, string dataset, Exception error);
}

/// <summary>One dataset at a time: each takes all cores, and two requests for the same one must not meet.</summary>
internal sealed class PrepareDatasetConsumerDefinition : ConsumerDefinition<PrepareDatasetConsumer>
{
    // RabbitMQ closes a channel that holds a message cancellation 30 minutes, unless the queue says otherwise; ImageNet takes longer.
    private static readonly TimeSpan s_consumerTimeout = TimeSpan.FromDays(2);

    public PrepareDatasetConsumerDefinition()
    {
        EndpointName = Queues.PrepareDataset;
        ConcurrentMessageLimit = 1;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<PrepareDatasetConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = 1;

        // The run store or the broker may be away for a moment; what was prepared by then is taken cancellation.
        endpointConfigurator.UseMessageRetry(retry =>
        {
            retry.Ignore<OperationCanceledException>();
            retry.Interval(5, TimeSpan.FromSeconds(3));
        });
        if (endpointConfigurator is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.SetQueueArgument("x-consumer-timeout", (long)s_consumerTimeout.TotalMilliseconds);
        }
    }
}
