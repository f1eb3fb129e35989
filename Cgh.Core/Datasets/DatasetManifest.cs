namespace Cgh.Core.Datasets;

/// <summary>The two parts of a dataset; folder names are <c>train</c> and <c>val</c>, as in ImageNet.</summary>
public enum Split
{
    Train,
    Val,
}

/// <summary>One shard of packed images.</summary>
/// <param name="File">File name within the split's folder.</param>
/// <param name="Images">How many images it holds.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the whole file.</param>
public sealed record ShardInfo(string File, int Images, string Sha256);

/// <summary>A source file that could not be packed.</summary>
/// <param name="File">Path relative to the source folder.</param>
/// <param name="Reason">One line.</param>
public sealed record SkippedFile(string File, string Reason);

/// <summary>What one split holds.</summary>
/// <param name="Images">Number of images, over all shards.</param>
/// <param name="Shards">In index order.</param>
/// <param name="Skipped">Source files left out.</param>
public sealed record SplitInfo(int Images, IReadOnlyList<ShardInfo> Shards, IReadOnlyList<SkippedFile> Skipped);

/// <summary><c>dataset.json</c>: written last, so that a folder that has it is a whole dataset.</summary>
public sealed record DatasetManifest
{
    public const string FileName = "dataset.json";
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string Name { get; init; }

    /// <summary>Class names, sorted by ordinal; a label is an index into this list.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Height and width of every image in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>The source's short side was resized to this many pixels before the centre was cropped.</summary>
    public required int ShortSide { get; init; }

    public required SplitInfo Train { get; init; }

    public required SplitInfo Val { get; init; }

    /// <summary>Where the images came from, as the user named it.</summary>
    public string? Source { get; init; }

    public DateTimeOffset Created { get; init; }

    public SplitInfo this[Split split] => split == Split.Train ? Train : Val;
}
