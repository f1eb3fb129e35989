using System.Text.Json.Serialization;

namespace Cgh.Core.Datasets;

/// <summary>The splits of a dataset. Their folders are named <c>train</c> and <c>val</c>, as in ImageNet.</summary>
public enum Split
{
    Train,
    Val,
}

/// <summary>What the shards of a dataset hold.</summary>
public enum PackEncoding
{
    /// <summary>The pixels of each image: side x side x 3 bytes.</summary>
    Pixels,

    /// <summary>The files as they were in the source, JPEG for instance. Whoever reads them decodes, resizes and crops them.</summary>
    Encoded,
}

/// <summary>One shard of packed images.</summary>
/// <param name="File">File name within the split's folder.</param>
/// <param name="Images">Number of images.</param>
/// <param name="Sha256">SHA-256 of the file, in lower-case hexadecimal.</param>
public sealed record ShardInfo(string File, int Images, string Sha256)
{
    /// <summary>With <see cref="PackEncoding.Encoded"/>, SHA-256 of the file with the offset of each image.</summary>
    public string? OffsetsSha256 { get; init; }
}

/// <summary>A source file that was not packed.</summary>
/// <param name="File">Path relative to the source folder.</param>
/// <param name="Reason">The reason, in one line.</param>
public sealed record SkippedFile(string File, string Reason);

/// <summary>Files of a source that are not labelled images.</summary>
/// <param name="Reason">Why they were passed over, in one line.</param>
/// <param name="Files">Number of files.</param>
/// <param name="Examples">The first of them, relative to the source.</param>
public sealed record PassedOverFiles(string Reason, int Files, IReadOnlyList<string> Examples);

/// <summary>Contents of one split.</summary>
/// <param name="Images">Number of images in all shards.</param>
/// <param name="Shards">The shards, in image order.</param>
/// <param name="Skipped">Source files that were not packed.</param>
public sealed record SplitInfo(int Images, IReadOnlyList<ShardInfo> Shards, IReadOnlyList<SkippedFile> Skipped)
{
    /// <summary>SHA-256 of <c>labels.npy</c>; null in datasets that were packed before this was recorded.</summary>
    public string? LabelsSha256 { get; init; }

    /// <summary>SHA-256 of <c>files.txt</c>.</summary>
    public string? FilesSha256 { get; init; }
}

/// <summary><c>dataset.json</c>. Written last, so a folder that contains it is a complete dataset.</summary>
public sealed record DatasetManifest
{
    public const string FileName = "dataset.json";

    private const int MaxSide = 1_000_000;

    /// <summary>Version of a dataset of pixels.</summary>
    public const int PixelsVersion = 1;

    /// <summary>Version of a dataset of encoded images, which programs that only know pixels refuse.</summary>
    public const int EncodedVersion = 2;

    /// <summary>Version of the folder format.</summary>
    public int Version { get; init; } = PixelsVersion;

    /// <summary>Name of the dataset: that of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Class names in ordinal order. A label is an index into this list.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Height and width of every image in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Length in pixels to which the shorter side was resized before the centre crop.</summary>
    public required int ShortSide { get; init; }

    /// <summary>Contents of the training split.</summary>
    public required SplitInfo Train { get; init; }

    /// <summary>Contents of the validation split.</summary>
    public required SplitInfo Val { get; init; }

    /// <summary>Where the images came from, as given by the user.</summary>
    public string? Source { get; init; }

    /// <summary>Absolute path of the source when it was packed.</summary>
    public string? SourcePath { get; init; }

    /// <summary>What the source was recognised as; null in datasets that were packed before this was recorded.</summary>
    public string? SourceKind { get; init; }

    /// <summary>Where the labels came from, such as "the names of the class folders".</summary>
    public string? LabelsFrom { get; init; }

    /// <summary>Readable names of the classes from a mapping file, one for each of <see cref="Classes"/>; null if the source has none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Files of the source that are not labelled images, by reason.</summary>
    public IReadOnlyList<PassedOverFiles> PassedOver { get; init; } = [];

    /// <summary>What the shards hold.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PackEncoding Encoding { get; init; }

    /// <summary>Whether images were rotated and mirrored as their EXIF orientation says.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Orient { get; init; }

    /// <summary>Whether images of more than 89 megapixels were accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LargeImages { get; init; }

    /// <summary>Number of packed images whose EXIF orientation says that they are rotated or mirrored; null if it was not counted.</summary>
    public int? Oriented { get; init; }

    /// <summary>Images with the same pixels; null in datasets that were packed before they were looked for.</summary>
    public DuplicateCounts? Duplicates { get; init; }

    /// <summary>What may be a mistake in the source, a sentence for each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Which images of the source were packed; null for all.</summary>
    public ImageSelection? Selection { get; init; }

    /// <summary>What the user said about the source; null for nothing.</summary>
    public SourceOptions? SourceOptions { get; init; }

    /// <summary>Identifies the content of the source; null in datasets that were packed before this was recorded.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Maximum size of a shard's pixels in bytes, from which follows the shard of each image.</summary>
    public long? ShardBytes { get; init; }

    /// <summary>When the dataset was packed.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>What contradicts itself, as the end of a sentence; null for nothing. Paths are made of the shards' names.</summary>
    internal string? Failure()
    {
        if (Side is < 1 or > MaxSide || ShortSide is < 1 or > MaxSide)
        {
            return $"a side of {Side} or {ShortSide} pixels";
        }

        foreach (var split in new[] { Train, Val })
        {
            if (split.Shards.FirstOrDefault(shard => !IsFileName(shard.File)) is { } elsewhere)
            {
                return $"'{UserText.Shortened(elsewhere.File)}' is not the name of a shard";
            }

            if (split.Shards.Any(shard => shard.Images < 0) || split.Shards.Sum(shard => (long)shard.Images) != split.Images)
            {
                return $"the images of its shards are not {split.Images} in all";
            }
        }

        return null;
    }

    private static bool IsFileName(string name) => name.Length > 2 && name.IndexOfAny(['/', '\\', '\0']) < 0;

    /// <summary>Contents of the given split.</summary>
    public SplitInfo this[Split split] => split == Split.Train ? Train : Val;
}
