namespace Cgh.Core.LabelQuality.Scores;

/// <summary>The area under the margin (AUM, Pleiss et al. 2020, arXiv 2001.10528), negated.</summary>
public sealed class MarginScore : ILabelScore
{
    public string Name => "aum";

    public string Summary => "Low mean margin over training (AUM, Pleiss et al. 2020)";

    public double[] Of(LabelSignals signals) => Array.ConvertAll(signals.Tracked.Margin, margin => -(double)margin);
}
