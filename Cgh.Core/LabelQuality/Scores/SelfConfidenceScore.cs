namespace Cgh.Core.LabelQuality.Scores;

/// <summary>
/// The final model's probability of the label, compared with its mean over the examples with that label: the per-class threshold of confident learning
/// (Northcutt et al. 2021, arXiv 1911.00068). There the probabilities are out of sample; here the model was trained on the labels.
/// </summary>
public sealed class SelfConfidenceScore : ILabelScore
{
    public string Name => "self-confidence";

    public string Summary => "Low probability by the final model, against the mean of its class (confident learning, Northcutt et al. 2021)";

    public double[] Of(LabelSignals signals) => Of(signals.Given, signals.FinalProbability, signals.Classes);

    /// <summary>The same of any probabilities.</summary>
    /// <param name="given">The labels.</param>
    /// <param name="probabilities">The probability of each label.</param>
    /// <param name="classes">Number of classes.</param>
    public static double[] Of(IReadOnlyList<int> given, float[] probabilities, int classes)
    {
        var (sums, counts) = (new double[classes], new int[classes]);
        for (var i = 0; i < probabilities.Length; i++)
        {
            sums[given[i]] += probabilities[i];
            counts[given[i]]++;
        }

        return [.. probabilities.Select((probability, i) => (sums[given[i]] / counts[given[i]]) - probability)];
    }
}
