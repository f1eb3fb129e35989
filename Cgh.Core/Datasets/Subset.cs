using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// Which images of another dataset a dataset consists of. <see cref="Dataset.Open"/> opens the folder of a subset like any dataset; no pixel is copied.
/// </summary>
public sealed partial class Subset
{
    private Subset(SubsetInfo info, Dataset parent, int[] train, int[]? test)
    {
        Info = info;
        Parent = parent;
        Train = train;
        Test = test;
    }

    /// <summary>The contents of <c>subset.json</c>.</summary>
    public SubsetInfo Info { get; }

    /// <summary>The dataset that holds the images. It is not a subset itself.</summary>
    public Dataset Parent { get; }

    /// <summary>Position of each training image in the parent's training split.</summary>
    public int[] Train { get; }

    /// <summary>Position of each test image in the parent's <em>training</em> split; null if the test images are the parent's.</summary>
    public int[]? Test { get; }

    /// <summary>Position of each image of a split in the parent's training split; null if the split is the parent's.</summary>
    public int[]? Indices(Split split) => split == Split.Train ? Train : Test;

    /// <summary>Opens the subset in a folder, and its parent.</summary>
    /// <exception cref="UserErrorException">A file of the subset was modified, or its parent is missing or has changed.</exception>
    internal static Subset Open(string folder)
    {
        var info = SubsetInfo.Load(folder);
        var parent = OpenParent(folder, info);
        try
        {
            var images = parent.Manifest.Train.Images;
            var train = ReadIndices(folder, Split.Train, info.TrainSha256, images);
            var test = info.TestSha256 is { } sha256 ? ReadIndices(folder, Split.Val, sha256, images) : null;
            if (test is not null)
            {
                SubsetIndices.CheckDisjoint(SubsetInfo.IndicesPath(folder, Split.Val), train, test);
            }

            if (info.Train != train.Length || info.Test != (test?.Length ?? parent.Manifest.Val.Images))
            {
                throw Damaged(SubsetInfo.PathIn(folder), folder, "its counts are not those of its indices");
            }

            return new Subset(info, parent, train, test);
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    /// <summary>What the <c>dataset.json</c> of a dataset of these images would say. It has no shards.</summary>
    internal DatasetManifest MakeManifest() => Parent.Manifest with
    {
        Name = Info.Name,
        Train = new SplitInfo(Info.Train, [], []),
        Val = new SplitInfo(Info.Test, [], []),
        PassedOver = [],
        Oriented = null,
        Duplicates = null,
        Warnings = [],
        Created = Info.Created,
    };

    /// <summary>SHA-256 that identifies the images and labels, of other subsets too.</summary>
    internal string Checksum() => Convert.ToHexStringLower(
        SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{Info.ParentChecksum} {Info.TrainSha256} {Info.TestSha256}")));

    /// <summary>Chooses what belongs to the images of a split from what belongs to those of the parent.</summary>
    internal T[] Select<T>(Split split, Func<Split, T[]> ofParent)
    {
        if (Indices(split) is not { } indices)
        {
            return ofParent(split);
        }

        var all = ofParent(Split.Train);
        return Array.ConvertAll(indices, index => all[index]);
    }

    /// <summary>Compares an index file with its checksum.</summary>
    /// <exception cref="UserErrorException">The file is missing or was modified.</exception>
    internal void VerifyIndices(string folder, Split split)
    {
        if ((split == Split.Train ? Info.TrainSha256 : Info.TestSha256) is { } sha256)
        {
            ReadIndices(folder, split, sha256, Parent.Manifest.Train.Images);
        }
    }

    private static Dataset OpenParent(string folder, SubsetInfo info)
    {
        var path = info.ParentFolder(folder);
        if (!Dataset.Exists(path))
        {
            throw UserErrorException.NotFound(
                $"{folder} is a subset of {path}, where there is no dataset now. Restore it or, if it was moved, write its path to \"parent\" in "
                + $"{SubsetInfo.PathIn(folder)}.");
        }

        if (Dataset.IsSubset(path))
        {
            throw Damaged(SubsetInfo.PathIn(folder), folder, $"its parent {path} is a subset");
        }

        var parent = Dataset.Open(path);
        try
        {
            return parent.Checksum() == info.ParentChecksum
                ? parent
                : throw new UserErrorException(
                    $"{folder} is a subset of {path}, which has changed since: its checksum is another. Restore that dataset, or delete {folder} and create "
                    + "the subset again.");
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private static int[] ReadIndices(string folder, Split split, string sha256, int images)
    {
        var path = SubsetInfo.IndicesPath(folder, split);
        var remedy = $"Restore it, or delete {folder} and create the subset again.";
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{path} is missing. {remedy}");
        }

        try
        {
            using var stream = UntrustedFile.OpenRead(path, remedy);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != sha256)
            {
                throw new UserErrorException($"{path} does not match its checksum: it was modified after the subset was created. {remedy}");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} {remedy}", error);
        }

        var values = NpyFile.ReadInt64(path, remedy);
        var indices = SubsetIndices.Of(path, values, images);
        SubsetIndices.Check(path, indices, images);
        return indices;
    }

    private static UserErrorException Damaged(string path, string folder, string failure) =>
        new($"{path} is damaged: {failure}. Restore it, or delete {folder} and create the subset again.");

    private static byte[] NpyBytes(int[] indices)
    {
        var values = Array.ConvertAll(indices, index => (long)index);
        return [.. NpyFile.MakeHeader(NpyFile.Int64, values.Length), .. MemoryMarshal.AsBytes(values.AsSpan())];
    }
}
