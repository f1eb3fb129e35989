using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>Packs a folder in ImageNet's layout into a dataset.</summary>
public static class DatasetPacker
{
    /// <summary>
    /// Decodes, resizes and crops every image of <paramref name="source"/>. <paramref name="folder"/> appears only when it is complete.
    /// After an interruption, a call with the same arguments keeps the finished shards.
    /// </summary>
    /// <exception cref="UserErrorException">
    /// The source is not in ImageNet's layout, too many of its files cannot be read, the folder is not empty, or the disk is full.
    /// </exception>
    public static DatasetManifest Pack(
        string source, string folder, PackOptions options, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options.Check();
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseExisting(folder);
        var listing = SourceListing.Read(source, progress, cancellationToken);
        using var staging = StagingFolder.Open(folder, PackJournal.SettingsFile);
        try
        {
            var manifest = Fill(staging, listing, Path.GetFileName(folder), options, progress, cancellationToken);
            staging.Complete();
            PackJournal.Delete(folder);
            return manifest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"Cannot write {staging.Path}: {AtomicFile.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);
        }
    }

    private static DatasetManifest Fill(
        StagingFolder staging, SourceListing listing, string name, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var journal = PackJournal.Open(staging, new PackSettings(listing.Fingerprint, options.Side, options.ShortSide, options.ShardBytes));
        var skipped = new SkipLimit(listing.Root, listing.Count, options.AllowSkipped);
        var train = PackSplit(Split.Train, before: 0);
        var val = PackSplit(Split.Val, before: listing.Train.Count);
        var manifest = new DatasetManifest
        {
            Name = name,
            Classes = listing.Classes,
            Side = options.Side,
            ShortSide = options.ShortSide,
            Train = train,
            Val = val,
            Source = options.SourceName ?? listing.Root,
            Created = DateTimeOffset.UtcNow,
        };
        CghJson.Save(Path.Combine(staging.Path, DatasetManifest.FileName), manifest);
        return manifest;

        SplitInfo PackSplit(Split split, int before)
        {
            Directory.CreateDirectory(Dataset.SplitFolder(staging.Path, split));
            using var packer = new SplitPacker(listing, split, options, staging.Path, journal, skipped);
            var info = packer.Pack(done => progress?.Report(new StageProgress("packing", before + done, listing.Count)), cancellationToken);
            if (info.Images == 0)
            {
                throw new UserErrorException(
                    $"{listing.Root}: none of the {listing[split].Count} files in {(split == Split.Train ? "train" : "val")} can be packed. "
                    + $"The first is {info.Skipped[0].File}: {info.Skipped[0].Reason}.");
            }

            WriteIndex(staging.Path, split, listing[split], info.Skipped);
            return info;
        }
    }

    private static void WriteIndex(string folder, Split split, IReadOnlyList<SourceFile> files, IReadOnlyList<SkippedFile> skipped)
    {
        var skippedNames = skipped.Select(file => file.File).ToHashSet(StringComparer.Ordinal);
        var packed = files.Where(file => !skippedNames.Contains(file.Listed)).ToArray();
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), Array.ConvertAll(packed, file => (long)file.Label));
        AtomicFile.Write(Dataset.FilesPath(folder, split), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (var file in packed)
            {
                writer.WriteLine(file.Path);
            }
        });
    }

    private static void RefuseExisting(string folder)
    {
        if (File.Exists(Path.Combine(folder, DatasetManifest.FileName)))
        {
            throw new UserErrorException($"{folder} is already a dataset. Choose another name, or delete it to pack it again.");
        }

        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new UserErrorException($"{folder} exists and is not a dataset. Choose another name or an empty folder.");
        }
    }
}
