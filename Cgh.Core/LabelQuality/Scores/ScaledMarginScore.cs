namespace Cgh.Core.LabelQuality.Scores;

/// <summary>The area under the margin with the same weight for every epoch: logits grow in training, so late epochs outweigh early ones in AUM.</summary>
public sealed class ScaledMarginScore : ILabelScore
{
    public string Name => "scaled-aum";

    public string Summary => "Low mean margin over training, each epoch's margins divided by the mean of their sizes";

    public double[] Of(LabelSignals signals) => Array.ConvertAll(signals.Tracked.ScaledMargin, margin => -(double)margin);
}
