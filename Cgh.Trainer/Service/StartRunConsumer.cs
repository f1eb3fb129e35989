using System.Diagnostics;
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
/// although its run is in a living trainer's hands is dropped; the housekeeping queues runs that nobody has in his hands.
/// </summary>
internal sealed partial class StartRunConsumer(
    PatientRunStore store, RunningAttempts running, AttemptSupervisor supervisor, IHostApplicationLifetime lifetime, ILogger<StartRunConsumer> log) : IConsumer<StartRun>
{
    // A little longer than the store believes in a trainer that gives no sign of life.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(250);

    // Only after the broker was away are there more messages than slots.
    private static readonly TimeSpan s_slotPatience = TimeSpan.FromSeconds(30);

    // For a store that has lost everything to be filled from the run folders.
    private static readonly TimeSpan s_fillPatience = TimeSpan.FromSeconds(60);

    public async Task Consume(ConsumeContext<StartRun> context)
    {
        // The bus in this process delivers on while it stops: a run that comes then must not begin.
        lifetime.ApplicationStopping.ThrowIfCancellationRequested();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await TakeAsync(context, stop.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The message goes back when the bus cancels its consumer; a cancellation of our own would count as a fault.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }
    }

    private async Task TakeAsync(ConsumeContext<StartRun> context, CancellationToken stop)
    {
        var id = context.Message.Run;
        if (running.Holds(id))
        {
            // The lease was lost with the broker and comes back, or the message is one too many.
            await JoinAsync(id, context.CancellationToken);
            return;
        }

        var run = await FindAsync(id, stop);
        if (await IsElsewhereAsync(run, context.ReceiveContext.Redelivered, stop))
        {
            if (context.ReceiveContext.Redelivered)
            {
                // Its trainer lives and has lost the lease: the next to get it may be that one.
                await context.OfferRunAsync(context.Message, stop);
            }

            Dropped(log, id);
            return;
        }

        if (!await running.TakeSlotAsync(s_slotPatience, stop))
        {
            await context.OfferRunAsync(context.Message, stop);
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

    private async Task<RunState> FindAsync(RunId id, CancellationToken stop)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(s_lookAgain, stop))
        {
            if (await store.FindRunAsync(id, stop) is { } run)
            {
                return run;
            }

            if (await store.IsFilledAsync(stop) || Stopwatch.GetElapsedTime(began) > s_fillPatience)
            {
                // Filled just now, after the look.
                return await store.FindRunAsync(id, stop) ?? throw new UserErrorException($"The run store does not know {id}. Submit its recipe again.");
            }
        }
    }

    // One that comes back from a dead trainer finds silence soon.
    private async Task<bool> IsElsewhereAsync(RunState run, bool redelivered, CancellationToken stop)
    {
        for (var began = Stopwatch.GetTimestamp(); run.IsHeld; await Task.Delay(s_lookAgain, stop))
        {
            if (!redelivered || Stopwatch.GetElapsedTime(began) > s_patience)
            {
                return true;
            }

            run = await store.FindRunAsync(run.Id, stop) ?? run;
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is in another trainer's hands; the message is dropped.")]
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
