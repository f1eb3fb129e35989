using Cgh.Core.Datasets;
using Cgh.Core.Runs;

namespace Cgh.Core.Tracking;

/// <summary>The contents of <c>tracking/tracking.json</c>: what the tracking files of a run belong to.</summary>
public sealed record TrackingInfo
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>How the run records.</summary>
    public LearningTracking Mode { get; init; }

    /// <summary>Epochs from one record to the next.</summary>
    public int Every { get; init; } = 1;

    /// <summary>Epochs of the run.</summary>
    public int Epochs { get; init; }

    /// <summary>Training examples, which is the number of records in each file.</summary>
    public int Examples { get; init; }

    /// <summary>Name of the label set.</summary>
    public string Labels { get; init; } = "";

    /// <summary>SHA-256 of the given labels, int64.</summary>
    public string LabelsSha256 { get; init; } = "";

    /// <summary><see cref="Dataset.Checksum"/>.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>The tracked epochs.</summary>
    public IReadOnlyList<int> TrackedEpochs() => Tracking.TrackedEpochs.Of(Mode, Every, Epochs);

    /// <summary>Describes the tracking of a run with this spec and data.</summary>
    /// <exception cref="UserErrorException">The dataset's labels cannot be read.</exception>
    public static TrackingInfo Of(RunSpec spec, Dataset dataset, LabelSet labels) => new()
    {
        Mode = spec.TrackLearning,
        Every = spec.TrackEvery ?? 1,
        Epochs = spec.Epochs,
        Examples = labels.Labels.Length,
        Labels = spec.Labels,
        LabelsSha256 = LabelSet.ChecksumOf(labels.Labels),
        Dataset = dataset.Checksum(),
    };
}
