namespace Cgh.DataPrep.Service;

/// <summary>Keeps the newest of many reports, so that one reader can pass it on at its own pace.</summary>
internal sealed class LatestProgress : IProgress<StageProgress>
{
    private readonly Lock _gate = new();
    private StageProgress? _latest;

    public void Report(StageProgress value)
    {
        lock (_gate)
        {
            // Reports of one stage come from several threads and may overtake each other.
            if (_latest is null || _latest.Stage != value.Stage || _latest.Done < value.Done)
            {
                _latest = value;
            }
        }
    }

    /// <summary>The newest report, or null when it is <paramref name="last"/>.</summary>
    public StageProgress? NewerThan(StageProgress? last)
    {
        lock (_gate)
        {
            return _latest == last ? null : _latest;
        }
    }
}
