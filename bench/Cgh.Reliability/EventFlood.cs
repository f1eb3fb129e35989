using System.Diagnostics;
using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.ServiceDefaults.Bus;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cgh.Reliability;

/// <summary>Simulates runs that report progress twice per second, to the store and then on the bus.</summary>
internal static class EventFlood
{
    public const string Experiment = "events-20260101-000000";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(0.5);

    public static string Name(int run) => $"run-{run:D4}";

    public static async Task<PublisherResult> RunAsync(int runs, int seconds, CancellationToken cancellationToken)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddRunStore();
        builder.AddMessageBus(_ => { });
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        var store = host.Services.GetRequiredService<IRunStore>();
        var bus = host.Services.GetRequiredService<IBus>();

        var reports = seconds * 2;
        var specs = Enumerable.Range(0, runs).Select(run => new RunSpec { Name = Name(run), Dataset = "none", Epochs = 30 }).ToArray();
        var now = DateTimeOffset.UtcNow;
        await store.AddExperimentAsync(
            new ExperimentState
            {
                Id = Experiment,
                Created = now,
                Status = ExperimentStatus.Running,
                Recipe = new Recipe { Name = "events", Dataset = new DatasetRequest { Name = "none" }, Runs = specs },
            },
            [
                .. specs.Select(spec =>
                    new RunState { Id = new RunId(Experiment, spec.Name), Spec = spec, Status = RunStatus.Running, Attempt = 1, Queued = now }),
            ],
            cancellationToken);

        var memory = new MemorySeries(Environment.ProcessId);
        var before = ProcessCost.Of(Environment.ProcessId);
        var began = Stopwatch.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sampling = memory.SampleAsync(over.Token);
        var published = await Task.WhenAll(Enumerable.Range(0, runs).Select(run => ReportAsync(store, bus, run, runs, reports, cancellationToken)));
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await over.CancelAsync();
        await sampling;
        var cost = ProcessCost.Of(Environment.ProcessId).ProcessorSeconds - before.ProcessorSeconds;
        await host.StopAsync(cancellationToken);
        return new PublisherResult(published.Sum(), reports, took, cost, memory.Trend());
    }

    private static async Task<long> ReportAsync(IRunStore store, IBus bus, int run, int runs, int reports, CancellationToken cancellationToken)
    {
        // Spread the reports of the runs evenly over the interval.
        await Task.Delay(s_interval * run / runs, cancellationToken);
        using var timer = new PeriodicTimer(s_interval);
        var id = new RunId(Experiment, Name(run));
        for (var report = 1; report <= reports; report++)
        {
            var step = report;
            var progress = new AttemptProgressed(
                step / 8.0,
                step,
                reports,
                Loss: 1.0 / step,
                ImagesPerSecond: 1000,
                InputWait: 0.01,
                SecondsLeft: reports - step);
            var known = await store.ApplyAsync(id, new AttemptReported(1, Environment.MachineName, [progress]), TimeProvider.System, cancellationToken);
            if (!known.IsAllowed)
            {
                throw new InvalidOperationException($"The store has lost {id}.");
            }

            await bus.AnnounceAsync(new RunProgressed(id, 1, step, reports), cancellationToken);
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return reports;
    }
}
