using System.Text.Json.Serialization;
using Cgh.Core.Files;

namespace Cgh.Core.Datasets;

/// <summary><c>subset.json</c>: which images of which dataset. Written last, so a folder that contains it is a complete subset.</summary>
public sealed record SubsetInfo
{
    public const string FileName = "subset.json";

    internal const int CurrentVersion = 1;

    /// <summary>Version of the folder format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Name of the subset.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Path of the parent's folder, with slashes: relative to the subset's folder if both are in one data folder, which can then be moved; else absolute.
    /// </summary>
    public required string Parent { get; init; }

    /// <summary>The parent's <see cref="Dataset.Checksum"/>.</summary>
    public required string ParentChecksum { get; init; }

    /// <summary>Number of classes, those of the parent.</summary>
    public required int Classes { get; init; }

    /// <summary>Height and width of the parent's images in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Number of training images.</summary>
    public required int Train { get; init; }

    /// <summary>Number of test images.</summary>
    public required int Test { get; init; }

    /// <summary>SHA-256 of <c>train.npy</c>, in lower-case hexadecimal.</summary>
    public required string TrainSha256 { get; init; }

    /// <summary>SHA-256 of <c>test.npy</c>; null if the test images are the parent's.</summary>
    public string? TestSha256 { get; init; }

    /// <summary>Where the indices came from, as the creator said; empty if it did not.</summary>
    public string Origin { get; init; } = "";

    /// <summary>When the subset was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Whether the subset has test images of its own, which are training images of the parent.</summary>
    [JsonIgnore]
    public bool HasTest => TestSha256 is not null;

    /// <summary>Absolute path of the parent's folder.</summary>
    /// <param name="folder">The subset's folder.</param>
    public string ParentFolder(string folder) => Path.GetFullPath(Path.Combine(Path.GetFullPath(folder), Parent));

    /// <summary>Path of the <c>subset.json</c> of a folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <summary>Path of the indices of a subset's split: int64, positions in the parent's training split, in image order.</summary>
    public static string IndicesPath(string folder, Split split) => Path.Combine(folder, split == Split.Train ? "train.npy" : "test.npy");

    /// <summary>Reads the <c>subset.json</c> of a folder. Neither the indices nor the parent are looked at.</summary>
    /// <exception cref="UserErrorException">The file is missing or damaged, or its format version is not supported.</exception>
    public static SubsetInfo Load(string folder)
    {
        var path = PathIn(folder);
        var info = CghJson.Load<SubsetInfo>(path);
        if (info.Version != CurrentVersion)
        {
            throw new UserErrorException($"{path} has format version {info.Version}; this program reads version {CurrentVersion}. Create the subset again.");
        }

        return info is { Train: > 0, Test: > 0, Classes: > 0, Side: > 0, Parent.Length: > 0 }
            ? info
            : throw new UserErrorException(
                $"{path} is damaged: it has no parent, or a count below 1. Restore it, or delete {folder} and create the subset again.");
    }
}
