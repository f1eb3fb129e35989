namespace Cgh.Core.LabelQuality.Scores;

/// <summary>How few of the nearest neighbours, in the features of the network, have the label.</summary>
public sealed class NeighbourScore : ILabelScore
{
    public string Name => "neighbours";

    public string Summary => "Few nearest neighbours in the network's features have the label";

    public double[] Of(LabelSignals signals) => Array.ConvertAll(signals.Neighbours, share => 1 - (double)share);
}
