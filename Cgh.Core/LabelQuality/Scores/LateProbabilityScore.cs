namespace Cgh.Core.LabelQuality.Scores;

/// <summary>The mean probability over the last quarter of the training, from 1 down: what the rule has not fitted in the end.</summary>
public sealed class LateProbabilityScore : ILabelScore
{
    public string Name => "late-probability";

    public string Summary => "Low mean probability over the last quarter of the training";

    public double[] Of(LabelSignals signals) => Array.ConvertAll(signals.Tracked.LateProbability, probability => 1 - (double)probability);
}
