using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Packs a source of images into a dataset.</summary>
public static class DatasetPacker
{
    /// <summary>
    /// Decodes, resizes and crops every image of <paramref name="source"/>. <paramref name="folder"/> appears only when it is complete.
    /// After an interruption, a call with the same arguments keeps the finished shards.
    /// </summary>
    /// <exception cref="UserErrorException">
    /// No class of <see cref="ImageSources"/> can read the source, too many of its files cannot be read, the folder is not empty, or the disk is full.
    /// </exception>
    public static DatasetManifest Pack(
        string source, string folder, PackOptions options, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Pack(() => ImageSources.Open(source, options.Source, progress, cancellationToken), folder, options, progress, cancellationToken);

    internal static DatasetManifest Pack(
        Func<IImageSource> open, string folder, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        options.Check();
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseExisting(folder);
        using var source = open();
        using var staging = StagingFolder.Open(folder, PackJournal.SettingsFile);
        try
        {
            var manifest = Fill(staging, source, Path.GetFileName(folder), options, progress, cancellationToken);
            staging.Complete();
            PackJournal.Delete(folder);
            return manifest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"Cannot write {staging.Path}: {UserText.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);
        }
    }

    private static DatasetManifest Fill(
        StagingFolder staging, IImageSource source, string name, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var journal = PackJournal.Open(staging, new PackSettings(source.Fingerprint, options.Side, options.ShortSide, options.ShardBytes));
        var total = source.Images.Count;
        var skipped = new SkipLimit(source.Info.Path, total, options.AllowSkipped);
        var train = PackSplit(Split.Train, before: 0);
        var val = PackSplit(Split.Val, before: source.Images.CountOf(Split.Train));
        var manifest = new DatasetManifest
        {
            Name = name,
            Classes = source.Info.Classes,
            Side = options.Side,
            ShortSide = options.ShortSide,
            Train = train,
            Val = val,
            Source = options.SourceName ?? source.Info.Path,
            SourceKind = source.Info.Kind,
            LabelsFrom = source.Info.LabelsFrom,
            ClassNames = source.Info.ClassNames,
            PassedOver = source.Info.PassedOver,
            Created = DateTimeOffset.UtcNow,
        };
        CghJson.Save(Path.Combine(staging.Path, DatasetManifest.FileName), manifest);
        return manifest;

        SplitInfo PackSplit(Split split, int before)
        {
            Directory.CreateDirectory(Dataset.SplitFolder(staging.Path, split));
            using var packer = new SplitPacker(source, split, options, staging.Path, journal, skipped);
            var info = packer.Pack(done => progress?.Report(new StageProgress("packing", before + done, total)), cancellationToken);
            if (info.Images == 0)
            {
                var name = split == Split.Train ? "train" : "val";
                throw new UserErrorException(info.Skipped is [var first, ..]
                    ? $"{source.Info.Path}: none of the {source.Images.CountOf(split)} files in {name} can be packed. "
                        + $"The first is {first.File}: {first.Reason}."
                    : $"{source.Info.Path} has no images in {name}. A dataset needs images for training (train) and testing (val).");
            }

            WriteIndex(staging.Path, split, packer.Packed);
            return info;
        }
    }

    private static void WriteIndex(string folder, Split split, IReadOnlyList<SourceImage> packed)
    {
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), packed.Select(image => (long)image.Label).ToArray());
        AtomicFile.Write(Dataset.FilesPath(folder, split), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (var (name, _) in packed)
            {
                writer.WriteLine(name);
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
