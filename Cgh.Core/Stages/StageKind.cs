namespace Cgh.Core.Stages;

/// <summary>What a stage derives.</summary>
public enum StageKind
{
    /// <summary>
    /// Splits the training examples of a run into those that it has learned and those that it has not, and draws a subset of each: easy and hard examples
    /// (arXiv 2003.07422, section on easy and hard examples). A third subset, drawn from all examples, is the control.
    /// </summary>
    Split,

    /// <summary>Makes a subset of the listed examples.</summary>
    Subset,

    /// <summary>
    /// Corrects labels: a training example whose label is not what the final model of a run predicts gets the prediction, if that is probable enough.
    /// </summary>
    Labels,

    /// <summary>
    /// Finds the labels that are probably wrong from the tracking of a run and writes a <see cref="LabelQuality.LabelReport"/>. Corrects them: each suspect
    /// gets the suggested class.
    /// </summary>
    Suspects,

    /// <summary>
    /// Orders the training examples of a tracked run by when it learned them, and draws a subset of the first (easy), of the last (hard) and, as control, of
    /// all.
    /// </summary>
    Learning,
}
