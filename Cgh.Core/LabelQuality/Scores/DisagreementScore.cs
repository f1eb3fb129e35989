namespace Cgh.Core.LabelQuality.Scores;

/// <summary>What a second run, with SGD, fits in the end and the run with a robust rule does not.</summary>
public sealed class DisagreementScore : ILabelScore
{
    public string Name => "disagreement";

    public string Summary => "What the second run (SGD) fits late in the training and this one (RM3, M3) does not";

    public bool NeedsSecondRun => true;

    public double[] Of(LabelSignals signals)
    {
        var (robust, second) = (signals.Tracked.LateProbability, signals.Second!.LateProbability);
        return [.. robust.Select((probability, i) => (double)second[i] - probability)];
    }
}
