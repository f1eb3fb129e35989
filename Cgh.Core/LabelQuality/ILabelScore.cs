namespace Cgh.Core.LabelQuality;

/// <summary>Says how suspicious the labels of a training set are. A score is one class here and one line in <see cref="LabelScoreCatalog"/>.</summary>
public interface ILabelScore
{
    /// <summary>Lower-case word that recipes and options use.</summary>
    string Name { get; }

    /// <summary>One sentence without a full stop: what it is high for, and its source.</summary>
    string Summary { get; }

    /// <summary>Whether it needs <see cref="LabelSignals.Second"/>.</summary>
    bool NeedsSecondRun => false;

    /// <summary>Returns one score per example; higher is more suspicious. Only their order matters.</summary>
    double[] Of(LabelSignals signals);
}
