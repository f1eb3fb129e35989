namespace Cgh.Core.Datasets;

/// <summary>
/// How a label set was made, <c>labels/NAME.json</c>: with the dataset (and the matrix beside it) enough to make it again. Files
/// of before there were kinds hold neither kind nor procedure: they are uniform, of procedure 1.
/// </summary>
public sealed record LabelSetInfo
{
    public required string Name { get; init; }

    public LabelNoiseKind Kind { get; init; }

    /// <summary><see cref="LabelNoise.Procedure"/> that drew it.</summary>
    public int Procedure { get; init; } = 1;

    /// <summary>Share of the training examples that were chosen, 0 to 1; 0 for imported labels.</summary>
    public double Fraction { get; init; }

    /// <summary>Of the draws; for imported labels it decides the train sample alone.</summary>
    public uint Seed { get; init; }

    /// <summary>Examples that the fraction chose; null for imported labels and where it was not recorded.</summary>
    public int? Chosen { get; init; }

    /// <summary>Examples whose label differs from the original.</summary>
    public int Corrupt { get; init; }

    /// <summary>Examples whose label is the original one, redrawn or not.</summary>
    public int Pristine { get; init; }

    /// <summary>The file that the matrix or the labels came from, as the user named it.</summary>
    public string? File { get; init; }

    /// <summary>Of the matrix (float64, row after row) or of the imported labels (int64), lower-case hexadecimal SHA-256.</summary>
    public string? Sha256 { get; init; }

    public DateTimeOffset Created { get; init; }
}
