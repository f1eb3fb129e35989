namespace Cgh.DataPrep.Service;

/// <summary>Rate and time left of a stage, from its progress over the last half minute.</summary>
internal sealed class ProgressRate(TimeProvider clock)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(30);

    // A shorter one says little about the rate.
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);

    private readonly Queue<(long When, int Done)> _seen = new();
    private string? _stage;

    /// <summary>Adds progress and returns items per second and seconds left; null while they are not known.</summary>
    public (double? PerSecond, double? SecondsLeft) Add(StageProgress progress)
    {
        if (progress.Stage != _stage)
        {
            _stage = progress.Stage;
            _seen.Clear();
        }

        var now = clock.GetTimestamp();
        _seen.Enqueue((now, progress.Done));
        while (_seen.Count > 2 && clock.GetElapsedTime(_seen.Peek().When, now) > s_window)
        {
            _seen.Dequeue();
        }

        var (since, before) = _seen.Peek();
        var elapsed = clock.GetElapsedTime(since, now);
        if (elapsed < s_shortest || progress.Done <= before)
        {
            return (null, null);
        }

        var rate = (progress.Done - before) / elapsed.TotalSeconds;
        return (rate, Math.Max(0, progress.Total - progress.Done) / rate);
    }
}
