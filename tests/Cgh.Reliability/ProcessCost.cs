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

    public void Take() => _bytes.Add(ProcessCost.Of(processId).Bytes);

    /// <summary>A figure a second until <paramref name="stop"/>.</summary>
    public async Task SampleAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Take();
            await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Means of the second and of the last quarter: flat means that they are alike. The first is for warming up.</summary>
    public override string ToString()
    {
        var quarter = _bytes.Count / 4;
        return quarter == 0
            ? "too short to say"
            : string.Create(CultureInfo.InvariantCulture, $"{Mean(_bytes[quarter..(2 * quarter)]):F0} MB, {Mean(_bytes[^quarter..]):F0} MB");

        static double Mean(List<long> bytes) => bytes.Average() / 1e6;
    }
}
