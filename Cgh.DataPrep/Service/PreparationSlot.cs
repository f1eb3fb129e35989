namespace Cgh.DataPrep.Service;

/// <summary>
/// Admits one preparation, or one shard for another service, at a time: each uses all cores. The bus limits the messages of one channel, but a preparation
/// may outlive the channel of its message.
/// </summary>
internal sealed class PreparationSlot : IDisposable
{
    private readonly SemaphoreSlim _slot = new(1);

    /// <summary>Waits for the slot; disposing the result frees it.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _slot.WaitAsync(cancellationToken);
        return new Taken(_slot);
    }

    /// <summary>Takes the slot if it is free.</summary>
    public IDisposable? TryTake() => _slot.Wait(0) ? new Taken(_slot) : null;

    public void Dispose() => _slot.Dispose();

    private sealed class Taken(SemaphoreSlim slot) : IDisposable
    {
        public void Dispose() => slot.Release();
    }
}
