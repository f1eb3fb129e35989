using Cgh.DataPrep.Demo;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>What a folder of images is called, and which of its files say something about the images.</summary>
/// <param name="WithSplits">Name of the layout with splits.</param>
/// <param name="WithoutSplits">Name of the layout without.</param>
internal sealed record FolderKind(string WithSplits, string WithoutSplits)
{
    /// <summary>ImageNet's layout, or class folders without splits.</summary>
    public static FolderKind ImageNet { get; } = new("folder in ImageNet's layout", "tree of class folders");

    /// <summary>The folder with the splits; null if it is the source's path.</summary>
    public string? Root { get; init; }

    /// <summary>Path of a table with the labels of a flat folder of validation images; null if there is none.</summary>
    public string? ValLabels { get; init; }

    /// <summary>What to do if that table is missing: a clause before "or"; null if the layout has none.</summary>
    public string? ValLabelsHint { get; init; }

    /// <summary>Path of a file with readable names of the classes; null if there is none.</summary>
    public string? ClassNames { get; init; }

    /// <summary>Files that are not passed over although they are no images.</summary>
    public IReadOnlyList<string> KnownFiles { get; init; } = [DemoMarker.FileName];

    /// <summary>The layout in words.</summary>
    public string Describe(FolderLayout layout) =>
        !layout.HasSplits ? WithoutSplits
        : layout.Val is null ? $"{WithSplits}, without val"
        : layout.Val.Equals("val", StringComparison.OrdinalIgnoreCase) ? WithSplits
        : $"{WithSplits}, with {layout.Val} as val";
}
