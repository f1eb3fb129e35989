namespace Cgh.Core.Datasets;

/// <summary>How a label set changes the selected labels.</summary>
public enum LabelNoiseKind
{
    /// <summary>Redrawn uniformly from all classes, as in the authors' code; the new label can equal the old one.</summary>
    Uniform,

    /// <summary>Permuted among the selected examples, so that every class keeps its count (Coherent Gradients, ICLR 2020).</summary>
    Permute,

    /// <summary>Class c becomes c + 1; the last class becomes the first.</summary>
    PairFlip,

    /// <summary>Drawn with the probabilities in the old class's row of a <see cref="TransitionMatrix"/>.</summary>
    Transition,

    /// <summary>Not drawn: all labels are read from a file.</summary>
    Import,

    /// <summary>
    /// Those of another label set with known errors: the selected labels are replaced by another class. What a method does to them tells what it does to
    /// unknown errors (Pleiss et al. 2020, arXiv 2001.10528, plant them in a class of their own).
    /// </summary>
    Plant,
}

/// <summary>The parameters of a label set that a recipe or a command needs. It is created if it does not exist.</summary>
public sealed record LabelSetRequest
{
    /// <summary>Name of the label set; if empty, <see cref="LabelSet.DefaultName"/>.</summary>
    public string Name { get; init; } = "";

    /// <summary>How the selected labels are changed.</summary>
    public LabelNoiseKind Kind { get; init; }

    /// <summary>Share of the training labels to select, 0 to 1. Null means 1 with <see cref="LabelNoiseKind.Transition"/>, else 0.</summary>
    public double? Fraction { get; init; }

    /// <summary>Seed of the <see cref="Numpy.RandomState"/>.</summary>
    public uint Seed { get; init; }

    /// <summary>Path of a <see cref="TransitionMatrix"/>; only with <see cref="LabelNoiseKind.Transition"/>.</summary>
    public string? Matrix { get; init; }

    /// <summary>Name of the label set to plant errors in; only with <see cref="LabelNoiseKind.Plant"/>. Null: <c>original</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    /// <summary>Path of a <see cref="LabelFile"/>; only with <see cref="LabelNoiseKind.Import"/>.</summary>
    public string? File { get; init; }

    /// <summary>Returns the request with the defaults of name and fraction filled in.</summary>
    public LabelSetRequest WithDefaults()
    {
        var completed = this with
        {
            Fraction = Fraction ?? (Kind == LabelNoiseKind.Transition ? 1 : 0),
            From = From ?? (Kind == LabelNoiseKind.Plant ? LabelSet.Original : null),
        };
        return completed.Name.Length > 0 ? completed : completed with { Name = LabelSet.DefaultName(completed) };
    }

    /// <summary>Returns what is wrong with a request that has its defaults, or null if it is valid. Files are not read.</summary>
    public string? Validate() => this switch
    {
        { Kind: LabelNoiseKind.Import, Name.Length: 0 } => "imported labels need a name.",
        _ when !IsValidName(Name) =>
            $"'{UserText.Shortened(Name)}' is not a valid name for a label set: use letters, digits, '.', '-' and '_' ('{LabelSet.Original}' is reserved).",
        { Fraction: not (>= 0 and <= 1) } =>
            FormattableString.Invariant($"fraction must be between 0 and 1 (it is {Fraction}): it is the share of the training labels to select."),
        { Kind: LabelNoiseKind.Import, Fraction: not 0 } => "fraction does not apply to kind import: all labels come from the file. Remove it.",
        { Kind: LabelNoiseKind.Transition, Matrix: null } =>
            "kind transition needs a matrix: a .csv or .npy file in which row c, column d is the probability that class c becomes class d.",
        { Kind: not LabelNoiseKind.Transition, Matrix: not null } => "a matrix applies only to kind transition. Remove it or change the kind.",
        { Kind: not LabelNoiseKind.Plant, From: not null } => "from applies only to kind plant. Remove it or change the kind.",
        { Kind: LabelNoiseKind.Plant } when From == Name => $"from is the label set '{UserText.Shortened(Name)}' itself. Name another one.",
        { Kind: LabelNoiseKind.Import, File: null } => "kind import needs a file: one label per line (class names or indices), or an int64 .npy array.",
        { Kind: not LabelNoiseKind.Import, File: not null } => "a file applies only to kind import. Remove it or change the kind.",
        _ => null,
    };

    private static bool IsValidName(string name) => Files.DataFolder.IsName(name) && name != LabelSet.Original;
}
