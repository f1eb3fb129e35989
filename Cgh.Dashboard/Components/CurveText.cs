using Cgh.Core.Runs;

namespace Cgh.Dashboard.Components;

/// <summary>Titles and explanations of the curves.</summary>
internal static class CurveText
{
    public static string Title(string curve) => curve switch
    {
        Curves.Pristine => "Pristine labels",
        Curves.Corrupt => "Corrupt labels",
        Curves.TrainSample => "Train sample",
        Curves.Test => "Test",
        Curves.OriginalTest => "Original test",
        _ => "Training loss",
    };

    /// <summary>The title for a table column.</summary>
    public static string ShortTitle(string curve) => curve switch
    {
        Curves.Pristine => "Pristine",
        Curves.Corrupt => "Corrupt",
        Curves.TrainSample => "Train sample",
        Curves.OriginalTest => "Original test",
        _ => "Test",
    };

    /// <summary>What high accuracy on a set means.</summary>
    public static string Explanation(string curve) => curve switch
    {
        Curves.Pristine => "Training examples with their original label. High accuracy: learned.",
        Curves.Corrupt => "Training examples whose label differs from the original. High accuracy: memorized.",
        Curves.TrainSample => "A sample of all training examples, pristine and corrupt.",
        Curves.Test => "Examples not used in training. High accuracy: generalized.",
        Curves.OriginalTest => "The test set of the dataset that the subset was chosen from.",
        _ => "Mean loss of each logged mini-batch.",
    };
}
