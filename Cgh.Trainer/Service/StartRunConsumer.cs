using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// Takes runs from the queue. The message is acknowledged when the run has ended: until then it is the lease. One that comes
/// although a living trainer has its run is dropped; the reconciler queues runs that no trainer holds.
/// </summary>
internal sealed partial class StartRunConsumer(
    IRetryingRunStore store, RunningAttempts running, AttemptSupervisor supervisor, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<StartRunConsumer> log)
    : IConsumer<StartRun>
{
    // A little longer than a lease lasts without a heartbeat.
    private static readonly TimeSpan s_leaseTimeout = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    // Only after the broker was away are there more messages than slots.
    private static readonly TimeSpan s_slotTimeout = TimeSpan.FromSeconds(30);

    // For a store that has lost everything to be filled from the run folders.
    private static readonly TimeSpan s_refillTimeout = TimeSpan.FromSeconds(60);

    public async Task Consume(ConsumeContext<StartRun> context)
    {
        // The bus in this process delivers on while it stops: a run that comes then must not begin.
        lifetime.ApplicationStopping.ThrowIfCancellationRequested();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await TakeAsync(context, either.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The message goes back when the bus cancels its consumer; a cancellation of our own would count as a fault.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }
    }

    private async Task TakeAsync(ConsumeContext<StartRun> context, CancellationToken cancellationToken)
    {
        var id = context.Message.Run;
        if (running.Holds(id))
        {
            // The lease was lost with the broker and comes back, or the message is one too many.
            await JoinAsync(id, context.CancellationToken);
            return;
        }

        var run = await FindAsync(id, cancellationToken);
        if (await IsElsewhereAsync(run, context.ReceiveContext.Redelivered, cancellationToken))
        {
            if (context.ReceiveContext.Redelivered)
            {
                // Its trainer lives and has lost the lease: the next to get it may be that one.
                await context.OfferRunAsync(context.Message, cancellationToken);
            }

            Dropped(log, id);
            return;
        }

        if (!await running.TakeSlotAsync(s_slotTimeout, cancellationToken))
        {
            await context.OfferRunAsync(context.Message, cancellationToken);
            return;
        }

        if (!running.Begin(id, (held, handBack) => supervisor.TrainAsync(id, held, handBack)))
        {
            running.ReturnSlot();
        }

        await JoinAsync(id, context.CancellationToken);
    }

    private async Task JoinAsync(RunId id, CancellationToken messageLost)
    {
        await running.JoinAsync(id, messageLost);
        lifetime.ApplicationStopping.ThrowIfCancellationRequested();
    }

    private async Task<RunState> FindAsync(RunId id, CancellationToken cancellationToken)
    {
        for (var began = clock.GetTimestamp(); ; await Task.Delay(s_pollInterval, clock, cancellationToken))
        {
            if (await store.FindRunAsync(id, cancellationToken) is { } run)
            {
                return run;
            }

            if (await store.IsFilledAsync(cancellationToken) || clock.GetElapsedTime(began) > s_refillTimeout)
            {
                // Filled just now, after the look.
                return await store.FindRunAsync(id, cancellationToken) ?? throw new UserErrorException($"The run store does not know {id}. Submit its recipe again.");
            }
        }
    }

    // The lease of a dead trainer, whose message came back, runs out soon.
    private async Task<bool> IsElsewhereAsync(RunState run, bool redelivered, CancellationToken cancellationToken)
    {
        for (var began = clock.GetTimestamp(); run.IsHeld; await Task.Delay(s_pollInterval, clock, cancellationToken))
        {
            if (!redelivered || clock.GetElapsedTime(began) > s_leaseTimeout)
            {
                return true;
            }

            run = await store.FindRunAsync(run.Id, cancellationToken) ?? run;
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is held by another trainer; the message is dropped.")]
    private static partial void Dropped(ILogger log, RunId run);
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
            rabbit.EnablePriority(Core.Experiments.Recipe.HighestPriority);
        }
    }
}
