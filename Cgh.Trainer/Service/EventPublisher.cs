using System.Diagnostics;
using System.Threading.Channels;
using Cgh.Core;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>
/// Publishes events in the background, so that a broker outage does not block a run. Events only announce newer data in the run store,
/// so the oldest may be dropped.
/// </summary>
internal sealed partial class EventPublisher(IBus bus, TimeProvider clock, ILogger<EventPublisher> log) : BackgroundService, IEventPublisher
{
    private const int MaxPending = 2000;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<Event> _events = Channel.CreateBounded<Event>(
        new BoundedChannelOptions(MaxPending) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Publish<T>(T happened)
        where T : class => _events.Writer.TryWrite(new Event(happened, Activity.Current?.Context));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _events.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isDown = false;
        while (await _events.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (_events.Reader.TryPeek(out var next))
            {
                using var timeout = new CancellationTokenSource(stoppingToken.IsCancellationRequested ? s_shutdownTimeout : s_timeout, clock);
                try
                {
                    await PublishAsync(next, timeout.Token);
                    _events.Reader.TryRead(out _);
                    if (isDown)
                    {
                        isDown = false;
                        BrokerUp(log);
                    }
                }
                catch (Exception error)
                {
                    // Whatever the transport throws, the broker did not accept the event; retry until shutdown.
                    if (stoppingToken.IsCancellationRequested)
                    {
                        return;
                    }

                    if (!isDown)
                    {
                        isDown = true;
                        BrokerDown(log, UserText.FirstLine(error));
                    }

                    await Task.Delay(s_retryInterval, clock, CancellationToken.None);
                }
            }
        }
    }

    // In the trace of what happened, which may have ended already.
    private async Task PublishAsync(Event next, CancellationToken cancellationToken)
    {
        var (happened, cause) = next;
        using var span = cause is { } context
            ? TrainerTelemetry.Activities.StartActivity($"publish {happened.GetType().Name}", ActivityKind.Internal, context)
            : null;
        await bus.AnnounceAsync(happened, cancellationToken);
    }

    /// <summary>An event, and the span in which it happened.</summary>
    private sealed record Event(object Happened, ActivityContext? Cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot publish events; they are buffered until the broker is back. {Reason}")]
    private static partial void BrokerDown(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The broker is back; publishing events again.")]
    private static partial void BrokerUp(ILogger log);
}
