using System.Security.Cryptography;
using Cgh.Core.Files;

namespace Cgh.Core.Datasets;

public sealed partial class Subset
{
    /// <summary>
    /// Creates a subset. If the same one exists already, nothing is written. A subset of a subset is one of the dataset that holds the images, and has the
    /// test images of the subset unless it gets its own.
    /// </summary>
    /// <param name="folder">The subset's folder, which does not exist yet.</param>
    /// <param name="parent">The dataset that the indices refer to.</param>
    /// <param name="request">The images.</param>
    /// <returns>What <c>subset.json</c> says.</returns>
    /// <exception cref="UserErrorException">
    /// The name is invalid; a list is empty; an index is out of range, repeated, or in both lists; or the folder has other content or cannot be written.
    /// </exception>
    public static SubsetInfo Create(string folder, Dataset parent, SubsetRequest request)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!DataFolder.IsName(request.Name))
        {
            throw UserErrorException.Usage($"'{UserText.Shortened(request.Name)}' is not a valid name for a subset: use letters, digits, '.', '-' and '_'.");
        }

        var images = parent.Manifest.Train.Images;
        SubsetIndices.Check($"the training indices of subset '{request.Name}'", request.Train, images);
        if (request.Test is { } given)
        {
            SubsetIndices.Check($"the test indices of subset '{request.Name}'", given, images);
            SubsetIndices.CheckDisjoint($"the test indices of subset '{request.Name}'", request.Train, given);
        }

        var (root, train, test) = Flatten(parent, request);
        var trainFile = NpyBytes(train);
        var testFile = test is null ? null : NpyBytes(test);
        var info = new SubsetInfo
        {
            Name = request.Name,
            Parent = ReferenceTo(Path.GetFullPath(root.Folder), folder),
            ParentChecksum = root.Checksum(),
            Classes = root.Manifest.Classes.Count,
            Side = root.Manifest.Side,
            Train = train.Length,
            Test = test?.Length ?? root.Manifest.Val.Images,
            TrainSha256 = Convert.ToHexStringLower(SHA256.HashData(trainFile)),
            TestSha256 = testFile is null ? null : Convert.ToHexStringLower(SHA256.HashData(testFile)),
            Origin = request.Origin,
            Created = DateTimeOffset.UtcNow,
        };
        return LoadIfSame(folder, info) ?? Write(folder, info, trainFile, testFile);
    }

    /// <summary>Returns the dataset that holds the images of a request, and their positions in it.</summary>
    /// <returns>A null test split is that of the dataset.</returns>
    public static (Dataset Root, int[] Train, int[]? Test) Flatten(Dataset parent, SubsetRequest request)
    {
        if (parent.Subset is not { } subset)
        {
            return (parent, request.Train, request.Test);
        }

        var train = Array.ConvertAll(request.Train, index => subset.Train[index]);
        var test = request.Test is { } own ? Array.ConvertAll(own, index => subset.Train[index]) : subset.Test;
        return (subset.Parent, train, test);
    }

    private static SubsetInfo Write(string folder, SubsetInfo info, byte[] train, byte[]? test)
    {
        RefuseOtherContent(folder);

        // Another process may have created it meanwhile. The info is written last: a subset without it does not exist.
        using var held = FolderLock.Take(folder);
        if (LoadIfSame(folder, info) is { } meanwhile)
        {
            return meanwhile;
        }

        // An earlier attempt, which was killed, may have had test images.
        AtomicFile.TryDelete(SubsetInfo.IndicesPath(folder, Split.Val));
        AtomicFile.Write(SubsetInfo.IndicesPath(folder, Split.Train), stream => stream.Write(train));
        if (test is not null)
        {
            AtomicFile.Write(SubsetInfo.IndicesPath(folder, Split.Val), stream => stream.Write(test));
        }

        CghJson.Save(SubsetInfo.PathIn(folder), info);
        return info;
    }

    private static SubsetInfo? LoadIfSame(string folder, SubsetInfo info)
    {
        if (!File.Exists(SubsetInfo.PathIn(folder)))
        {
            return null;
        }

        var existing = SubsetInfo.Load(folder);
        if ((existing.ParentChecksum, existing.TrainSha256, existing.TestSha256) != (info.ParentChecksum, info.TrainSha256, info.TestSha256))
        {
            throw new UserErrorException($"{folder} is already a subset, of other images. Choose another name, or delete it to create it again.");
        }

        // Its index files may have been modified since.
        Open(folder).Parent.Dispose();
        return existing;
    }

    private static void RefuseOtherContent(string folder)
    {
        if (File.Exists(SubsetInfo.PathIn(folder)))
        {
            return;
        }

        string[] own =
        [
            SubsetInfo.IndicesPath(folder, Split.Train), AtomicFile.TemporaryPath(SubsetInfo.IndicesPath(folder, Split.Train)),
            SubsetInfo.IndicesPath(folder, Split.Val), AtomicFile.TemporaryPath(SubsetInfo.IndicesPath(folder, Split.Val)),
            AtomicFile.TemporaryPath(SubsetInfo.PathIn(folder)),
            Path.Combine(folder, FolderLock.FileName),
        ];
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Except(own).Any()))
        {
            throw new UserErrorException($"{folder} exists and is not a subset. Choose another name or an empty folder.");
        }

        if (Directory.Exists(AtomicFile.TemporaryPath(folder)))
        {
            throw new UserErrorException($"A dataset is being packed to {folder}, or that was interrupted. Choose another name.");
        }
    }

    // The data folder is where the folder of the parent's dataset lies: DATA/datasets/NAME.
    private static string ReferenceTo(string parent, string folder)
    {
        var data = Path.GetDirectoryName(Path.GetDirectoryName(parent));
        var isInside = data is not null && data != Path.GetPathRoot(data) && folder.StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return (isInside ? Path.GetRelativePath(folder, parent) : parent).Replace(Path.DirectorySeparatorChar, '/');
    }
}
