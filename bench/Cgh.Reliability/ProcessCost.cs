using System.Diagnostics;
using System.Globalization;

namespace Cgh.Reliability;

/// <summary>What a process has taken so far.</summary>
internal sealed record ProcessCost(double ProcessorSeconds, long Bytes)
{
    public static ProcessCost Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessCost(process.TotalProcessorTime.TotalSeconds, process.WorkingSet64);
    }
}

/// <summary>The memory of a process over time.</summary>
internal sealed class MemorySeries(int processId)
{
    private readonly List<long> _bytes = [];

    public void Sample() => _bytes.Add(ProcessCost.Of(processId).Bytes);

    /// <summary>A figure a second until <paramref name="cancellationToken"/>.</summary>
    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Sample();
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Means of the second and of the last quarter; the first is for warming up.</summary>
    public MemoryTrend Trend()
    {
        var quarter = _bytes.Count / 4;
        return quarter == 0 ? new MemoryTrend(0, 0) : new MemoryTrend(Mean(_bytes[quarter..(2 * quarter)]), Mean(_bytes[^quarter..]));

        static double Mean(List<long> bytes) => bytes.Average() / 1e6;
    }
}

/// <summary>Megabytes that a process held early and late; 0 when it was too short to say.</summary>
internal sealed record MemoryTrend(double Early, double Late)
{
    // A collector lets a heap grow and shrink by as much; what grows with every event grows by more within a minute.
    private const double Share = 0.1;
    private const double Megabytes = 10;

    /// <summary>Whether late is at most a tenth and 10 MB above early.</summary>
    public bool IsFlat() => Late <= (Early * (1 + Share)) + Megabytes;

    public override string ToString() => Early == 0
        ? "too short to say"
        : string.Create(CultureInfo.InvariantCulture, $"{Early:F0} MB, {Late:F0} MB{(IsFlat() ? "" : ": it grows")}");
}
