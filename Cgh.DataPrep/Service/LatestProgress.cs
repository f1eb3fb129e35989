namespace Cgh.DataPrep.Service;

/// <summary>Keeps the latest progress report, so that a reader can poll it at its own rate.</summary>
/// <param name="notify">Receives notices, which are no progress; null to ignore them.</param>
internal sealed class LatestProgress(Action<string>? notify = null) : IProgress<StageProgress>
{
    private readonly Lock _gate = new();
    private StageProgress? _latest;

    public void Report(StageProgress value)
    {
        if (value.Notice is { } notice)
        {
            notify?.Invoke(notice);
            return;
        }

        lock (_gate)
        {
            // Reports of one stage come from several threads and can arrive out of order.
            if (_latest is null || _latest.Stage != value.Stage || _latest.Done < value.Done)
            {
                _latest = value;
            }
        }
    }

    /// <summary>Returns the latest report, or null if it equals <paramref name="last"/>.</summary>
    public StageProgress? NewerThan(StageProgress? last)
    {
        lock (_gate)
        {
            return _latest == last ? null : _latest;
        }
    }
}
