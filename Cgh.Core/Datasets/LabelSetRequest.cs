namespace Cgh.Core.Datasets;

/// <summary>What becomes of the labels that a label set changes.</summary>
public enum LabelNoiseKind
{
    /// <summary>Drawn anew from all classes, as the paper's authors do; the new label can be the old one.</summary>
    Uniform,

    /// <summary>Dealt out anew among the chosen examples, so that every class keeps its count (Coherent Gradients, ICLR 2020).</summary>
    Permute,

    /// <summary>Class c becomes c + 1, the last class becomes the first.</summary>
    PairFlip,

    /// <summary>Drawn by the probabilities that a matrix's row of the old class gives.</summary>
    Transition,

    /// <summary>Nothing is drawn: every label comes from a file.</summary>
    Import,
}

/// <summary>A label set that somebody asks for; made when it is not there.</summary>
public sealed record LabelSetRequest
{
    /// <summary>When empty, <see cref="LabelSet.DefaultName"/>.</summary>
    public string Name { get; init; } = "";

    public LabelNoiseKind Kind { get; init; }

    /// <summary>Share of the training labels that are chosen, 0 to 1; when null 0, or 1 with <see cref="LabelNoiseKind.Transition"/>.</summary>
    public double? Fraction { get; init; }

    public uint Seed { get; init; }

    /// <summary>File of a <see cref="TransitionMatrix"/>; with <see cref="LabelNoiseKind.Transition"/> only.</summary>
    public string? Matrix { get; init; }

    /// <summary>File of all labels (<see cref="LabelFile"/>); with <see cref="LabelNoiseKind.Import"/> only.</summary>
    public string? File { get; init; }

    /// <summary>The request with its name and its fraction filled in.</summary>
    public LabelSetRequest WithDefaults()
    {
        var completed = this with { Fraction = Fraction ?? (Kind == LabelNoiseKind.Transition ? 1 : 0) };
        return completed.Name.Length > 0 ? completed : completed with { Name = LabelSet.DefaultName(completed) };
    }

    /// <summary>What is wrong with a complete request, in a sentence; null when nothing is. Files are not looked at.</summary>
    public string? Validate() => this switch
    {
        { Kind: LabelNoiseKind.Import, Name.Length: 0 } => "imported labels need a name: none can be made of a seed.",
        _ when !IsValidName(Name) => $"'{Name}' cannot name a label set: use letters, digits, '.', '-' and '_', and not '{LabelSet.Original}'.",
        { Fraction: not (>= 0 and <= 1) } => FormattableString.Invariant($"fraction must lie between 0 and 1 (it is {Fraction}): it is the share of training labels that are chosen."),
        { Kind: LabelNoiseKind.Import, Fraction: not 0 } => "fraction goes with labels that are drawn: imported ones all come from the file. Leave it out.",
        { Kind: LabelNoiseKind.Transition, Matrix: null } => "kind transition needs a matrix: a file (.csv or .npy) whose row c holds the probabilities of what class c becomes.",
        { Kind: not LabelNoiseKind.Transition, Matrix: not null } => "a matrix goes with kind transition only. Leave it out or change the kind.",
        { Kind: LabelNoiseKind.Import, File: null } => "kind import needs a file: a label a line (class name or number), or .npy of int64.",
        { Kind: not LabelNoiseKind.Import, File: not null } => "a file goes with kind import only. Leave it out or change the kind.",
        _ => null,
    };

    private static bool IsValidName(string name) => Files.DataFolder.IsName(name) && name != LabelSet.Original;
}
