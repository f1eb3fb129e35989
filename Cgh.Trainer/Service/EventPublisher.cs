using System.Threading.Channels;
using Cgh.Core.Files;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>
/// Publishes events behind the back of those who report them: a broker that is away must not hold up a run. Events say that the
/// run store holds something newer, so the oldest of too many may go.
/// </summary>
internal sealed partial class EventPublisher(IBus bus, TimeProvider clock, ILogger<EventPublisher> log) : BackgroundService, IEventPublisher
{
    private const int Kept = 2000;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_lastTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<object> _events = Channel.CreateBounded<object>(
        new BoundedChannelOptions(Kept) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Publish<T>(T happened)
        where T : class => _events.Writer.TryWrite(happened);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _events.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var away = false;
        while (await _events.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (_events.Reader.TryPeek(out var happened))
            {
                using var limit = new CancellationTokenSource(stoppingToken.IsCancellationRequested ? s_lastTimeout : s_timeout, clock);
                try
                {
                    await bus.Publish(happened, happened.GetType(), limit.Token);
                    _events.Reader.TryRead(out _);
                    if (away)
                    {
                        away = false;
                        Back(log);
                    }
                }
                catch (Exception error)
                {
                    // Whatever the transport says, it is one: the broker did not take it. While this process lives it is tried again.
                    if (stoppingToken.IsCancellationRequested)
                    {
                        return;
                    }

                    if (!away)
                    {
                        away = true;
                        Away(log, AtomicFile.FirstLine(error));
                    }

                    await Task.Delay(s_retryInterval, clock, CancellationToken.None);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker does not take events; they are kept until it does. {Reason}")]
    private static partial void Away(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The broker takes events again.")]
    private static partial void Back(ILogger log);
}
