namespace Cgh.Benchmarks.Harness;

/// <summary>A row of the table. The property names are also the JSON keys.</summary>
/// <param name="What">Name of the comparison.</param>
/// <param name="Unit">Unit of <paramref name="Ours"/> and <paramref name="Peer"/>.</param>
/// <param name="Ours">Our median.</param>
/// <param name="Peer">The peer's median.</param>
/// <param name="Ratio">Median ratio of a pair, ours divided by the peer's.</param>
/// <param name="Floor">Ratio of the memory traffic, a lower bound; null if unknown.</param>
/// <param name="N">Number of pairs.</param>
/// <param name="Spread">Smallest and largest ratio of a pair.</param>
/// <param name="Threads">Number of threads of each side.</param>
/// <param name="Peers">Description of the peer.</param>
internal sealed record Row(string What, string Unit, double Ours, double Peer, double Ratio, double? Floor, int N, double[] Spread, int Threads, string Peers);

internal static class Comparison
{
    /// <summary>Samples two workers alternately, so that a temporary slowdown of the machine affects both.</summary>
    /// <param name="ours">Takes a sample of our side, in seconds.</param>
    /// <param name="peer">Takes a sample of the peer, in seconds.</param>
    /// <param name="pairs">Number of samples of each.</param>
    /// <param name="figure">Converts the seconds of a sample to a figure.</param>
    public static (double Ours, double Peer, double Ratio, double[] Spread) Measure(
        Func<double> ours, Func<double> peer, int pairs, Func<double, double> figure)
    {
        double[] left = new double[pairs], right = new double[pairs];
        for (var pair = 0; pair < pairs; pair++)
        {
            // Alternate the order, so that the state of the caches favours neither side.
            if (pair % 2 == 0)
            {
                left[pair] = figure(ours());
                right[pair] = figure(peer());
            }
            else
            {
                right[pair] = figure(peer());
                left[pair] = figure(ours());
            }
        }

        var ratios = left.Zip(right, (a, b) => a / b).ToArray();
        return (Median(left), Median(right), Median(ratios), [ratios.Min(), ratios.Max()]);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
