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
/// Takes runs from the queue. The message is acknowledged when the run has ended; until then it is the lease. A message for a run that
/// another live trainer holds is dropped; the reconciler queues runs that no trainer holds.
/// </summary>
internal sealed partial class StartRunConsumer(
    IRetryingRunStore store,
    RunningAttempts running,
    AttemptSupervisor supervisor,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<StartRunConsumer> log)
    : IConsumer<StartRun>
{
    // Slightly longer than the lease duration without heartbeats.
    private static readonly TimeSpan s_leaseTimeout = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    // There are more messages than slots only after a broker outage.
    private static readonly TimeSpan s_slotTimeout = TimeSpan.FromSeconds(30);

    // Time to refill an empty store from the run folders.
    private static readonly TimeSpan s_refillTimeout = TimeSpan.FromSeconds(60);

    public async Task Consume(ConsumeContext<StartRun> context)
    {
        // The in-memory bus still delivers during shutdown; a run must not start then.
        lifetime.ApplicationStopping.ThrowIfCancellationRequested();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await TakeAsync(context, linked.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The bus requeues the message when it cancels the consumer; throwing earlier would count as a fault.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }
    }

    private async Task TakeAsync(ConsumeContext<StartRun> context, CancellationToken cancellationToken)
    {
        var id = context.Message.Run;
        if (running.Holds(id))
        {
            // The message of this run again, redelivered after a broker outage, or a duplicate.
            await JoinAsync(id, context.CancellationToken);
            return;
        }

        var run = await FindAsync(id, cancellationToken);
        if (await IsHeldElsewhereAsync(run, context.ReceiveContext.Redelivered, cancellationToken))
        {
            if (context.ReceiveContext.Redelivered)
            {
                // Its trainer is alive but has lost the message: requeue it until that trainer receives it.
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

        if (!running.Begin(id, (held, stopping) => supervisor.TrainAsync(id, held, stopping)))
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
        for (var started = clock.GetTimestamp(); ; await Task.Delay(s_pollInterval, clock, cancellationToken))
        {
            if (await store.FindRunAsync(id, cancellationToken) is { } run)
            {
                return run;
            }

            if (await store.IsFilledAsync(cancellationToken) || clock.GetElapsedTime(started) > s_refillTimeout)
            {
                // The store may have been refilled since the last check.
                return await store.FindRunAsync(id, cancellationToken)
                    ?? throw new UserErrorException($"There is no run {id} in the run store. Submit its recipe again.");
            }
        }
    }

    // A redelivered message may come from a dead trainer, whose lease expires soon.
    private async Task<bool> IsHeldElsewhereAsync(RunState run, bool redelivered, CancellationToken cancellationToken)
    {
        for (var started = clock.GetTimestamp(); run.IsHeld; await Task.Delay(s_pollInterval, clock, cancellationToken))
        {
            if (!redelivered || clock.GetElapsedTime(started) > s_leaseTimeout)
            {
                return true;
            }

            run = await store.FindRunAsync(run.Id, cancellationToken) ?? run;
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is held by another trainer; dropped the message.")]
    private static partial void Dropped(ILogger log, RunId run);
}

/// <summary>One message per slot, held for as long as the run trains.</summary>
internal sealed class StartRunConsumerDefinition : ConsumerDefinition<StartRunConsumer>
{
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
            rabbit.EnablePriority(Core.Experiments.Recipe.HighestPriority);
        }
    }
}
