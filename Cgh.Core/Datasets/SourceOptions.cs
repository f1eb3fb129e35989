namespace Cgh.Core.Datasets;

/// <summary>What a user can say about a source whose content does not say it. Recorded in <c>dataset.json</c>, so that it can be read again.</summary>
public sealed record SourceOptions
{
    /// <summary>CSV of names and labels for a flat folder of validation images.</summary>
    public string? ValLabels { get; init; }

    /// <summary>Whether to use the 20 coarse labels of CIFAR-100 instead of the 100 fine ones.</summary>
    public bool Coarse { get; init; }

    /// <summary>Name of the image column of a table; null to find it.</summary>
    public string? ImageColumn { get; init; }

    /// <summary>Name of the label column of a table; null to find it.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>File of readable class names: lines of id and name, or a JSON object of them.</summary>
    public string? ClassNames { get; init; }
}
