namespace Cgh.Core.Datasets;

/// <summary>Images of a dataset that have the same pixels. <c>duplicates.csv</c> lists them.</summary>
/// <param name="Images">Number of images that some other image equals.</param>
/// <param name="Groups">Number of different images among them.</param>
/// <param name="TrainAndVal">Number of validation images that are also in train: accuracy on them says nothing about generalization.</param>
/// <param name="DifferentLabels">Number of images that equal one with another label: at least one of the labels is wrong.</param>
public sealed record DuplicateCounts(int Images, int Groups, int TrainAndVal, int DifferentLabels)
{
    /// <summary>Name of the list in the dataset's folder: group, split, index, file and label of each image.</summary>
    public const string FileName = "duplicates.csv";

    /// <summary>SHA-256 of the list; null if there is none.</summary>
    public string? Sha256 { get; init; }
}
