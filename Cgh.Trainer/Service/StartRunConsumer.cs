using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Takes runs from the queue. The message is acknowledged when the run has ended: until then it is the lease.</summary>
internal sealed partial class StartRunConsumer(
    IRunStore store, AttemptSupervisor supervisor, IHostApplicationLifetime lifetime, ILogger<StartRunConsumer> log) : IConsumer<StartRun>
{
    // A little longer than the store believes in a trainer that gives no sign of life.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public async Task Consume(ConsumeContext<StartRun> context)
    {
        // The bus in this process delivers on while it stops: a run that comes then must not begin.
        lifetime.ApplicationStopping.ThrowIfCancellationRequested();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await TrainAsync(context, stop.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The message goes back when the bus cancels its consumer; a cancellation of our own would count as a fault.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }
    }

    private async Task TrainAsync(ConsumeContext<StartRun> context, CancellationToken stop)
    {
        var id = context.Message.Run;
        var run = await store.FindRunAsync(id, stop)
            ?? throw new InvalidOperationException($"The run store does not know {id}.");
        if (await store.IsCancelRequestedAsync(id, stop) && run.Status == RunStatus.Cancelled)
        {
            await context.Publish(new RunEnded(id, run.Attempt, RunStatus.Cancelled, Error: null));
            return;
        }

        if (await IsElsewhereAsync(run, stop))
        {
            Duplicate(log, id, run.Status);
            return;
        }

        await supervisor.TrainAsync(run, stop);
    }

    // A message that comes twice finds its run done, or in other hands; one that comes back from a dead trainer finds silence.
    private async Task<bool> IsElsewhereAsync(RunState run, CancellationToken stop)
    {
        for (var waited = TimeSpan.Zero; run is { Status: RunStatus.Running, Responding: true }; waited += TimeSpan.FromSeconds(1))
        {
            if (waited >= s_patience)
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), stop);
            run = await store.FindRunAsync(run.Id, stop) ?? run;
        }

        return run.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is {Status} already; the message is dropped.")]
    private static partial void Duplicate(ILogger log, RunId run, RunStatus status);
}

/// <summary>One run per slot, and an end that may be hours away.</summary>
internal sealed class StartRunConsumerDefinition : ConsumerDefinition<StartRunConsumer>
{
    // RabbitMQ closes a channel that holds a message over 30 minutes, unless the queue says otherwise.
    private static readonly TimeSpan s_longestRun = TimeSpan.FromDays(30);

    private readonly int _slots;

    public StartRunConsumerDefinition(IOptions<TrainerOptions> options)
    {
        _slots = options.Value.ConcurrentRuns;
        EndpointName = Queues.StartRun;
        ConcurrentMessageLimit = _slots;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<StartRunConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = _slots;
        if (endpointConfigurator is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            rabbit.SetQueueArgument("x-consumer-timeout", (long)s_longestRun.TotalMilliseconds);
        }
    }
}
