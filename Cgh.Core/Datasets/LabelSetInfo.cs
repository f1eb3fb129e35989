using Cgh.Core.Files;

namespace Cgh.Core.Datasets;

/// <summary>
/// <c>labels/NAME.json</c>: how a label set was created. With the dataset, and the matrix saved beside it, it is enough to recreate
/// the labels. Older files have neither kind nor procedure; theirs are uniform and 1.
/// </summary>
public sealed record LabelSetInfo
{
    /// <summary>Name of the label set.</summary>
    public required string Name { get; init; }

    /// <summary>How the selected labels were changed.</summary>
    public LabelNoiseKind Kind { get; init; }

    /// <summary>The <see cref="LabelNoise.Procedure"/> that generated the labels.</summary>
    public int Procedure { get; init; } = 1;

    /// <summary>Share of the training examples that was selected, 0 to 1; 0 for imported labels.</summary>
    public double Fraction { get; init; }

    /// <summary>Seed of the draws. For imported labels it determines only the train sample.</summary>
    public uint Seed { get; init; }

    /// <summary>Number of examples that the fraction selected; null for imported labels and in older files.</summary>
    public int? Chosen { get; init; }

    /// <summary>Number of labels that differ from the original.</summary>
    public int Corrupt { get; init; }

    /// <summary>Number of labels that equal the original, including those redrawn as the same class.</summary>
    public int Pristine { get; init; }

    /// <summary>The file that the matrix or the labels were read from, as given by the user; null for other kinds.</summary>
    public string? File { get; init; }

    /// <summary>Name of the label set that the labels were made from; null if they were made from the original ones, or read from a file.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    /// <summary>
    /// SHA-256 of the matrix (float64, row by row), of the imported labels (int64), or of the labels that errors were planted in, in lower-case hexadecimal;
    /// null for other kinds.
    /// </summary>
    public string? Sha256 { get; init; }

    /// <summary>The decisions of reviewers that these labels differ by from those of <see cref="From"/>; null for other label sets.</summary>
    public LabelSetDecisions? Decisions { get; init; }

    /// <summary>When the label set was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Reads the file of a label set.</summary>
    /// <exception cref="UserErrorException">The file is missing or damaged.</exception>
    public static LabelSetInfo Load(string path) =>
        CghJson.Load<LabelSetInfo>(path, "Restore it, or delete it and create the label set again under this name.");
}

/// <summary>Which decisions of reviewers made a label set.</summary>
public sealed record LabelSetDecisions
{
    /// <summary>Path of the file with the decisions when the label set was created. Later decisions are appended to it.</summary>
    public required string File { get; init; }

    /// <summary>Number of its lines that were read.</summary>
    public required int Lines { get; init; }

    /// <summary>SHA-256 of these lines, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Number of labels that differ from those of the label set that these were made from.</summary>
    public required int Changed { get; init; }

    /// <summary>Number of examples whose suggested label was accepted.</summary>
    public required int Accepted { get; init; }

    /// <summary>Number of examples that got another class.</summary>
    public required int Other { get; init; }

    /// <summary>Number of examples whose label was confirmed.</summary>
    public required int Kept { get; init; }

    /// <summary>Number of examples about which the reviewers were unsure; their label stays.</summary>
    public required int Unsure { get; init; }

    /// <summary>Number of examples about which the reviewers differ; their label stays.</summary>
    public required int Disputed { get; init; }

    /// <summary>Names of the reviewers, in ordinal order.</summary>
    public required IReadOnlyList<string> Reviewers { get; init; }
}
