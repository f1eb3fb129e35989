using System.Diagnostics;
using System.Globalization;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cgh.Reliability;

/// <summary>Subscribes to events like a dashboard, on a temporary queue, and counts them.</summary>
internal static class EventSubscriber
{
    public const string Ready = "ready";

    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(10);

    public static async Task<SubscriberResult> RunAsync(int runs, int seconds, CancellationToken cancellationToken)
    {
        var count = new Count(seconds * 2);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(count);
        builder.AddRunStore();
        builder.AddMessageBus(bus => bus.AddConsumer<ProgressListener>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{Guid.NewGuid():n}";
        }));
        builder.Services.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        Console.WriteLine(Ready);

        var expected = (long)runs * seconds * 2;
        var memory = new MemorySeries(Environment.ProcessId);
        ProcessCost? before = null;

        // Until all events have arrived, or none has for a while.
        while (count.Events < expected && (count.Last == 0 || Stopwatch.GetElapsedTime(count.Last) < s_idleTimeout))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            if (count.Events > 0)
            {
                before ??= ProcessCost.Of(Environment.ProcessId);
                memory.Sample();
            }
        }

        var cost = ProcessCost.Of(Environment.ProcessId).ProcessorSeconds - (before?.ProcessorSeconds ?? 0);

        // Wait for duplicates.
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        await host.StopAsync(cancellationToken);
        return new SubscriberResult(count.Events, count.Duplicates, count.Latency(), cost, memory.Trend());
    }

    internal sealed class ProgressListener(Count count) : IConsumer<RunProgressed>
    {
        public Task Consume(ConsumeContext<RunProgressed> context)
        {
            count.Add(context.Message.Run, context.Message.Step, DateTime.UtcNow - context.SentTime!.Value);
            return Task.CompletedTask;
        }
    }

    // Has a fixed size once every run has reported, so that it does not add to the memory trend.
    internal sealed class Count(int reports)
    {
        private const int MaxMilliseconds = 60_000;

        private readonly Lock _gate = new();
        private readonly Dictionary<RunId, bool[]> _seen = [];
        private readonly int[] _latencies = new int[MaxMilliseconds + 1];
        private long _last;

        public long Events { get; private set; }

        public long Duplicates { get; private set; }

        /// <summary>Stopwatch timestamp of the last event; 0 before the first.</summary>
        public long Last => Volatile.Read(ref _last);

        public void Add(RunId run, long step, TimeSpan latency)
        {
            lock (_gate)
            {
                if (!_seen.TryGetValue(run, out var seen))
                {
                    _seen[run] = seen = new bool[reports + 1];
                }

                if (seen[step])
                {
                    Duplicates++;
                }
                else
                {
                    seen[step] = true;
                    Events++;
                    _latencies[(int)Math.Clamp(latency.TotalMilliseconds, 0, MaxMilliseconds)]++;
                }
            }

            Volatile.Write(ref _last, Stopwatch.GetTimestamp());
        }

        public string Latency() => string.Create(
            CultureInfo.InvariantCulture, $"median {Quantile(0.5)} ms, 99th percentile {Quantile(0.99)} ms, max {Quantile(1)} ms");

        private int Quantile(double share)
        {
            var left = (long)Math.Ceiling(share * Events);
            var at = 0;
            while (at < MaxMilliseconds && (left -= _latencies[at]) > 0)
            {
                at++;
            }

            return at;
        }
    }
}
