using Cgh.Core;
using Cgh.Core.Store;
using Cgh.RunStore;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Tells the run store that this trainer is alive and what it is doing, so that pages can show idle trainers too.</summary>
internal sealed class TrainerPresence(IRetryingRunStore store, RunningAttempts attempts, IOptions<TrainerOptions> options, TimeProvider clock)
    : BackgroundService
{
    // Three times before the store forgets a trainer.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(4);

    private readonly DateTimeOffset _started = clock.GetUtcNow();
    private readonly IReadOnlyList<string> _gpus = NvidiaGpus.Models();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await store.ReportTrainerAsync(Describe(), stoppingToken);
                await Task.Delay(s_interval, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The store forgets the trainer by itself.
        }
    }

    private TrainerState Describe() => new()
    {
        Id = TrainerIdentity.Holder,
        Host = TrainerIdentity.Host,
        ProcessId = Environment.ProcessId,
        Version = AssemblyVersion.Of(typeof(TrainerPresence).Assembly),
        Started = _started,
        Slots = options.Value.ConcurrentRuns,
        Runs = attempts.Runs,
        Processors = Environment.ProcessorCount,
        AvailableMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        UsedMemory = Environment.WorkingSet + attempts.MemoryBytes,
        Gpus = _gpus,
    };
}
