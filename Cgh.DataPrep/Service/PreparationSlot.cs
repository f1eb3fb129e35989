namespace Cgh.DataPrep.Service;

/// <summary>
/// Admits one preparation at a time. The bus limits the messages of one channel, but a preparation may outlive the channel of its message.
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

    public void Dispose() => _slot.Dispose();

    private sealed class Taken(SemaphoreSlim slot) : IDisposable
    {
        public void Dispose() => slot.Release();
    }
}
