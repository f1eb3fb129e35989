namespace Cgh.Trainer.Training;

/// <summary>Asks an attempt to stop within one step, and says which way.</summary>
internal sealed class StopRequest(CancellationToken interrupt) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
    private volatile bool _cancelled;

    public CancellationToken Token => _source.Token;

    /// <summary>The user does not want the run any more; otherwise it is to go on later.</summary>
    public bool Cancelled => _cancelled;

    public void Cancel()
    {
        _cancelled = true;
        _source.Cancel();
    }

    public void Interrupt() => _source.Cancel();

    public void Dispose() => _source.Dispose();
}
