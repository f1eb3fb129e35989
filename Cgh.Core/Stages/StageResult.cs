namespace Cgh.Core.Stages;

/// <summary>What a stage derived, and from what. Part of its <c>run.json</c>.</summary>
public sealed record StageResult
{
    /// <summary>SHA-256 of the file of weights that classified the examples, in lower-case hexadecimal; null for other kinds.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>
    /// SHA-256 of the tracking records that ordered the examples (<see cref="Tracking.LearningTimes.Sha256"/>); null for kinds other than learning.
    /// </summary>
    public string? TrackingSha256 { get; init; }

    /// <summary>Checksum of the dataset that the examples belong to (<see cref="Datasets.Dataset.Checksum"/>).</summary>
    public required string DatasetChecksum { get; init; }

    /// <summary>Number of training examples that were learned; null for kinds other than split and learning.</summary>
    public int? Learned { get; init; }

    /// <summary>Number of training examples that were not learned; null for kinds other than split and learning.</summary>
    public int? NotLearned { get; init; }

    /// <summary>Name of the label set that a stage of kind labels created in the dataset; null for other kinds.</summary>
    public string? LabelSet { get; init; }

    /// <summary>Number of labels that it changed; null for other kinds.</summary>
    public int? Changed { get; init; }

    /// <summary>The subsets.</summary>
    public required IReadOnlyList<StageArtefact> Artefacts { get; init; }
}

/// <summary>A subset that a stage derived.</summary>
/// <param name="Name">Its name, which is also that of its folder in the stage's run folder.</param>
/// <param name="Train">Number of training examples.</param>
/// <param name="Test">Number of test examples.</param>
/// <param name="Checksum">Its <see cref="Datasets.Dataset.Checksum"/>.</param>
public sealed record StageArtefact(string Name, int Train, int Test, string Checksum);
