using System.Diagnostics;
using System.Globalization;

namespace Cgh.Reliability;

/// <summary>Processor time and memory of a process.</summary>
internal sealed record ProcessCost(double ProcessorSeconds, long Bytes)
{
    public static ProcessCost Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new ProcessCost(process.TotalProcessorTime.TotalSeconds, process.WorkingSet64);
    }
}

/// <summary>Memory of a process over time.</summary>
internal sealed class MemorySeries(int processId)
{
    private readonly List<long> _bytes = [];

    public void Sample() => _bytes.Add(ProcessCost.Of(processId).Bytes);

    /// <summary>Samples once per second until <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Sample();
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Computes the means of the second and the last quarter; the first quarter is warm-up.</summary>
    public MemoryTrend Trend()
    {
        var quarter = _bytes.Count / 4;
        return quarter == 0 ? new MemoryTrend(0, 0) : new MemoryTrend(Mean(_bytes[quarter..(2 * quarter)]), Mean(_bytes[^quarter..]));

        static double Mean(List<long> bytes) => bytes.Average() / 1e6;
    }
}

/// <summary>Early and late memory of a process in megabytes; 0 if the measurement was too short.</summary>
internal sealed record MemoryTrend(double Early, double Late)
{
    // Garbage collection causes fluctuations of this size. A leak with every event exceeds them within a minute.
    private const double MaxGrowth = 0.1;
    private const double MaxGrowthMegabytes = 10;

    /// <summary>Whether the late memory exceeds the early memory by at most 10% and 10 MB.</summary>
    public bool IsFlat() => Late <= (Early * (1 + MaxGrowth)) + MaxGrowthMegabytes;

    public override string ToString() => Early == 0
        ? "measurement too short"
        : string.Create(CultureInfo.InvariantCulture, $"{Early:F0} MB, {Late:F0} MB{(IsFlat() ? "" : ": grows")}");
}
