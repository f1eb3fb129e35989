namespace Cgh.Core.LabelQuality.Scores;

/// <summary>The mean of the ranks by scaled margin and by neighbours: two views that are wrong about different examples.</summary>
public sealed class CombinedScore : ILabelScore
{
    public string Name => "combined";

    public string Summary => "Mean of the ranks by scaled-aum and neighbours";

    public double[] Of(LabelSignals signals)
    {
        var (margins, neighbours) = (Ranks(new ScaledMarginScore().Of(signals)), Ranks(new NeighbourScore().Of(signals)));
        return [.. margins.Select((rank, i) => (rank + neighbours[i]) / 2)];
    }

    /// <summary>Ranks from 0 (lowest) to 1; equal scores have their mean rank.</summary>
    internal static double[] Ranks(double[] scores)
    {
        var order = Enumerable.Range(0, scores.Length).ToArray();
        Array.Sort((double[])scores.Clone(), order);
        var ranks = new double[scores.Length];
        for (var first = 0; first < order.Length;)
        {
            var last = first;
            while (last + 1 < order.Length && scores[order[last + 1]].Equals(scores[order[first]]))
            {
                last++;
            }

            for (var i = first; i <= last; i++)
            {
                ranks[order[i]] = (first + last) / 2.0 / Math.Max(1, order.Length - 1);
            }

            first = last + 1;
        }

        return ranks;
    }
}
