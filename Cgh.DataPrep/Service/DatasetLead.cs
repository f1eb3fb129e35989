using Cgh.RunStore;

namespace Cgh.DataPrep.Service;

/// <summary>The right to make a dataset, which one service has at a time. It expires soon after the service has died.</summary>
internal sealed class DatasetLead : IAsyncDisposable
{
    private static readonly TimeSpan s_expiry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(0.5);

    private readonly ILeaseStore _store;
    private readonly string _lock;
    private readonly string _holder = $"{Guid.NewGuid():n}";
    private readonly TimeProvider _clock;

    private DatasetLead(ILeaseStore store, string dataset, TimeProvider clock) => (_store, _lock, _clock) = (store, $"dataset:{dataset}", clock);

    /// <summary>Waits until no other service has it.</summary>
    public static async Task<DatasetLead> TakeAsync(ILeaseStore store, string dataset, TimeProvider clock, CancellationToken cancellationToken)
    {
        var lead = new DatasetLead(store, dataset, clock);
        while (!await lead.ExtendAsync(cancellationToken))
        {
            await Task.Delay(s_pollInterval, cancellationToken);
        }

        return lead;
    }

    /// <summary>Keeps it for some more seconds; false if another service has it.</summary>
    public Task<bool> ExtendAsync(CancellationToken cancellationToken) => _store.TakeLockAsync(_lock, _holder, s_expiry, cancellationToken);

    public ValueTask DisposeAsync() => new(_store.ReleaseLockDuringShutdownAsync(_lock, _holder, _clock));
}
