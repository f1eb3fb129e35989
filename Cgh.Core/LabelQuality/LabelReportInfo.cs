namespace Cgh.Core.LabelQuality;

/// <summary><c>labels.json</c>: which labels a report is about, and its summary. The examples are in the files beside it.</summary>
public sealed record LabelReportInfo
{
    /// <summary>Version of the format.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Folder of the dataset when the report was written.</summary>
    public required string DatasetFolder { get; init; }

    /// <summary>Checksum of the dataset (<see cref="Datasets.Dataset.Checksum"/>).</summary>
    public required string Dataset { get; init; }

    /// <summary>Name of the label set in question.</summary>
    public required string Labels { get; init; }

    /// <summary>SHA-256 of its labels (<see cref="Datasets.LabelSet.ChecksumOf"/>).</summary>
    public required string LabelsSha256 { get; init; }

    /// <summary>Folder of the run whose record the report was made from.</summary>
    public required string Run { get; init; }

    /// <summary>Name of the score, such as <c>aum</c>.</summary>
    public required string Score { get; init; }

    /// <summary>Number of training examples.</summary>
    public required int Examples { get; init; }

    /// <summary>Number of planted errors; 0 without.</summary>
    public required int Planted { get; init; }

    /// <summary>The cut between suspects and the rest.</summary>
    public required LabelCut Cut { get; init; }

    /// <summary>One entry per class, in their order.</summary>
    public required IReadOnlyList<ClassHealth> Classes { get; init; }

    /// <summary>The pairs of given and suggested class with the most suspects, most first.</summary>
    public required IReadOnlyList<ConfusedPair> Pairs { get; init; }

    /// <summary>What the reader must know to judge the report, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>When the report was written.</summary>
    public DateTimeOffset Created { get; init; }
}

/// <summary>Suspects of a class.</summary>
/// <param name="Name">Name of the class.</param>
/// <param name="Examples">Number of training examples with this label.</param>
/// <param name="Suspects">How many of them are suspects.</param>
/// <param name="Suggested">For how many suspects of other classes it is the suggested one.</param>
/// <param name="Note">Why the class cannot be judged, such as too few examples; null if it can.</param>
public sealed record ClassHealth(string Name, int Examples, int Suspects, int Suggested, string? Note);

/// <summary>Suspects with the same given and suggested class, as class indices.</summary>
public sealed record ConfusedPair(int Given, int Suggested, int Suspects);
