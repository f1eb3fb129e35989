namespace Cgh.Benchmarks.Harness;

/// <summary>The median of the ratios of pairs, with a 95% interval from resampled pairs (bootstrap, percentiles).</summary>
/// <param name="With">Median of the first of each pair.</param>
/// <param name="Without">Median of the second.</param>
/// <param name="Ratio">Median of their ratios.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Pairs">Number of pairs.</param>
internal sealed record PairedRatio(double With, double Without, double Ratio, double Low, double High, int Pairs)
{
    private const int Resamples = 2000;

    public static PairedRatio Of(IReadOnlyCollection<(double With, double Without)> pairs)
    {
        var ratios = pairs.Select(pair => pair.With / pair.Without).ToArray();
        var random = new Random(0);
        var medians = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            medians[i] = Comparison.Median(random.GetItems(ratios, ratios.Length));
        }

        Array.Sort(medians);
        return new PairedRatio(
            Comparison.Median(pairs.Select(pair => pair.With)),
            Comparison.Median(pairs.Select(pair => pair.Without)),
            Comparison.Median(ratios),
            medians[(int)(0.025 * Resamples)],
            medians[(int)(0.975 * Resamples)],
            pairs.Count);
    }
}
