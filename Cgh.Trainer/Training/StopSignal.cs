using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>Signals an attempt to stop within one step, with the resulting status.</summary>
internal sealed class StopSignal(CancellationToken interrupt) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
    private volatile RunStatus _status = RunStatus.Interrupted;

    public CancellationToken Token => _source.Token;

    /// <summary>Resulting status: cancelled or paused on request, otherwise interrupted.</summary>
    public RunStatus Status => _status;

    public void Cancel() => Stop(RunStatus.Cancelled);

    public void Pause() => Stop(RunStatus.Paused);

    public void Interrupt() => _source.Cancel();

    private void Stop(RunStatus status)
    {
        _status = status;
        _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
