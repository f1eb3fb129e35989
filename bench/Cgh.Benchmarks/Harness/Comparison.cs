namespace Cgh.Benchmarks.Harness;

/// <summary>A row of the table; the names are the JSON's.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Unit">Of <paramref name="Ours"/> and <paramref name="Peer"/>.</param>
/// <param name="Ours">Median.</param>
/// <param name="Peer">Median.</param>
/// <param name="Ratio">Median of the pairs' ratios, ours over the peer's.</param>
/// <param name="Floor">The ratio that the memory traffic alone allows; null where none is known.</param>
/// <param name="N">Pairs.</param>
/// <param name="Spread">Smallest and largest ratio of a pair.</param>
/// <param name="Threads">Of either side.</param>
/// <param name="Peers">What it was compared with.</param>
internal sealed record Row(string What, string Unit, double Ours, double Peer, double Ratio, double? Floor, int N, double[] Spread, int Threads, string Peers);

internal static class Comparison
{
    /// <summary>Measures two workers in turn: whatever slows the machine for a while slows both.</summary>
    /// <param name="ours">One side.</param>
    /// <param name="peer">The other.</param>
    /// <param name="pairs">Times that each is asked.</param>
    /// <param name="figure">Makes a figure of a sample's seconds.</param>
    public static (double Ours, double Peer, double Ratio, double[] Spread) Measure(Func<double> ours, Func<double> peer, int pairs, Func<double, double> figure)
    {
        double[] left = new double[pairs], right = new double[pairs];
        for (var pair = 0; pair < pairs; pair++)
        {
            // Who comes first changes, so that neither always finds the caches as the other left them.
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
