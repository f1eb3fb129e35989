using System.Diagnostics;

namespace Cgh.Trainer.Training;

/// <summary>Measures the throughput of a run, separately for training and evaluation.</summary>
internal sealed class ThroughputMeter
{
    private readonly Stopwatch _training = new();
    private readonly Stopwatch _evaluating = new();
    private int _steps;
    private int _evaluations;
    private long _images;
    private TimeSpan _reported;
    private TimeSpan _waited;

    /// <summary>Seconds of training and evaluation in this attempt.</summary>
    public double Seconds => (_training.Elapsed + _evaluating.Elapsed).TotalSeconds;

    /// <summary>Training time since the last report.</summary>
    public TimeSpan SinceReport => _training.Elapsed - _reported;

    public void Train() => Switch(_evaluating, _training);

    public void Evaluate() => Switch(_training, _evaluating);

    public void Stepped(int images, TimeSpan waited)
    {
        _steps++;
        _images += images;
        _waited += waited;
    }

    public void Evaluated()
    {
        _evaluations++;
        _evaluating.Stop();
    }

    /// <summary>Returns images per second and the fraction of time spent waiting for input, since the last report.</summary>
    public (double ImagesPerSecond, double InputWait) Report()
    {
        var seconds = SinceReport.TotalSeconds;
        var report = seconds > 0 ? (_images / seconds, Math.Clamp(_waited.TotalSeconds / seconds, 0, 1)) : (0, 0);
        _reported = _training.Elapsed;
        _images = 0;
        _waited = TimeSpan.Zero;
        return report;
    }

    /// <summary>Estimates the remaining time from this attempt's averages; null until it has completed a step and, if any are left, an evaluation.</summary>
    public double? SecondsFor(long steps, int evaluations) =>
        _steps == 0 || (evaluations > 0 && _evaluations == 0)
            ? null
            : (_training.Elapsed.TotalSeconds / _steps * steps)
                + (evaluations == 0 ? 0 : _evaluating.Elapsed.TotalSeconds / _evaluations * evaluations);

    private static void Switch(Stopwatch from, Stopwatch to)
    {
        from.Stop();
        to.Start();
    }
}
