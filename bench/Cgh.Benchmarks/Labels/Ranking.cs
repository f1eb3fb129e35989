namespace Cgh.Benchmarks.Labels;

/// <summary>How well a score finds wrong labels.</summary>
/// <param name="AveragePrecision">Mean, over the wrong labels, of the precision among all that score as high or higher.</param>
/// <param name="PrecisionAt100">Share of wrong labels among the 100 highest scores.</param>
/// <param name="PrecisionAtTrue">Share of wrong labels among as many as there are, where precision equals recall.</param>
internal sealed record Ranking(double AveragePrecision, double PrecisionAt100, double PrecisionAtTrue)
{
    /// <summary>Measures a score, higher for suspects. Equal scores stay in their order.</summary>
    public static Ranking Of(double[] scores, bool[] isWrong)
    {
        var order = Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ToArray();
        var total = isWrong.Count(wrong => wrong);
        var (found, sum) = (0, 0.0);
        var (at100, atTrue) = (0.0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            if (isWrong[order[i]])
            {
                found++;
                sum += (double)found / (i + 1);
            }

            at100 = i + 1 == Math.Min(100, order.Length) ? (double)found / (i + 1) : at100;
            atTrue = i + 1 == total ? (double)found / (i + 1) : atTrue;
        }

        return new Ranking(sum / total, at100, atTrue);
    }
}
