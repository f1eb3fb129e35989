namespace Cgh.Core.LabelQuality.Scores;

/// <summary>The mean probability over training (confidence of a data map, Swayamdipta et al. 2020, arXiv 2009.10795), from 1 down.</summary>
public sealed class MeanProbabilityScore : ILabelScore
{
    public string Name => "mean-probability";

    public string Summary => "Low mean probability over training (data maps, Swayamdipta et al. 2020)";

    public double[] Of(LabelSignals signals) => Array.ConvertAll(signals.Tracked.Probability, probability => 1 - (double)probability);
}
