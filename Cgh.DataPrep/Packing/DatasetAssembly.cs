using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Makes a dataset of packed shards: writes its labels and names, and returns what <c>dataset.json</c> says.</summary>
internal static class DatasetAssembly
{
    /// <param name="source">The source.</param>
    /// <param name="plan">What was packed.</param>
    /// <param name="options">How it was packed.</param>
    /// <param name="folder">Folder with all shards.</param>
    /// <param name="name">Name of the dataset.</param>
    /// <param name="records">The record of every shard of the plan.</param>
    /// <exception cref="UserErrorException">Too many images were skipped, or the folder cannot be written.</exception>
    public static DatasetManifest Write(
        IImageSource source, PackPlan plan, PackOptions options, string folder, string name, IReadOnlyDictionary<PlannedShard, ShardRecord> records)
    {
        var skipped = new SkipLimit(source.Info.Path, plan.Count, options.AllowSkipped);
        foreach (var shard in plan.Shards)
        {
            skipped.Add(records[shard]);
        }

        skipped.Check();
        var duplicates = DuplicateFinder.Find(HashesOf(plan, records));
        var counts = DuplicateFinder.Count(duplicates);
        if (duplicates.Count > 0)
        {
            DuplicateFinder.Write(folder, duplicates, position => source.Images[position].Name, plan.Classes);
            counts = counts with { Sha256 = Checksum.Of(Path.Combine(folder, DuplicateCounts.FileName)) };
        }

        return new DatasetManifest
        {
            Version = options.Encoding == PackEncoding.Encoded ? DatasetManifest.EncodedVersion : DatasetManifest.PixelsVersion,
            Name = name,
            Classes = plan.Classes,
            Side = options.Side,
            ShortSide = options.ShortSide,
            Train = WriteSplit(source, plan, folder, Split.Train, records),
            Val = WriteSplit(source, plan, folder, Split.Val, records),
            Source = options.SourceName ?? source.Info.Path,
            SourcePath = Path.GetFullPath(source.Info.Path),
            SourceKind = source.Info.Kind,
            LabelsFrom = source.Info.LabelsFrom,
            ClassNames = plan.ClassNames,
            PassedOver = source.Info.PassedOver,
            Encoding = options.Encoding,
            Orient = options.Orient,
            LargeImages = options.LargeImages,
            Oriented = records.Values.Sum(record => record.Oriented),
            Duplicates = counts,
            Warnings = plan.Warnings,
            Selection = plan.Selection == new ImageSelection() ? null : plan.Selection,
            SourceOptions = options.Source == new SourceOptions() ? null : options.Source,
            Fingerprint = source.Fingerprint,
            ShardBytes = options.ShardBytes,
            Created = DateTimeOffset.UtcNow,
        };
    }

    private static SplitInfo WriteSplit(
        IImageSource source, PackPlan plan, string folder, Split split, IReadOnlyDictionary<PlannedShard, ShardRecord> records)
    {
        var shards = plan.Shards.Where(shard => shard.Split == split).ToList();
        var skipped = shards.SelectMany(shard => records[shard].Skipped).Select(image => new SkippedFile(image.File, image.Reason)).ToList();
        var images = shards.Sum(shard => records[shard].Shard?.Images ?? 0);
        if (images == 0)
        {
            var name = split == Split.Train ? "train" : "val";
            throw new UserErrorException(skipped is [var first, ..]
                ? $"{source.Info.Path}: none of the {skipped.Count} files in {name} can be packed. The first is {first.File}: {first.Reason}."
                : $"{source.Info.Path} has no images in {name}. A dataset needs images for training (train) and testing (val).");
        }

        var packed = shards.SelectMany(shard => Packed(plan, shard, records[shard]));
        SplitIndex.WriteLabels(Dataset.LabelsPath(folder, split), packed.Select(plan.LabelAt));
        SplitIndex.WriteNames(Dataset.FilesPath(folder, split), packed.Select(position => source.Images[position].Name));
        return new SplitInfo(images, [.. shards.Select(shard => records[shard].Shard).OfType<ShardInfo>()], skipped)
        {
            LabelsSha256 = Checksum.Of(Dataset.LabelsPath(folder, split)),
            FilesSha256 = Checksum.Of(Dataset.FilesPath(folder, split)),
        };
    }

    private static IEnumerable<HashedImage> HashesOf(PackPlan plan, IReadOnlyDictionary<PlannedShard, ShardRecord> records)
    {
        foreach (var split in Enum.GetValues<Split>())
        {
            var index = 0;
            foreach (var shard in plan.Shards.Where(shard => shard.Split == split))
            {
                var hash = 0;
                foreach (var position in Packed(plan, shard, records[shard]))
                {
                    yield return new HashedImage(ImageHash.Read(records[shard].Hashes, hash++), split, index++, position, plan.LabelAt(position));
                }
            }
        }
    }

    /// <summary>The positions of a shard's images that were packed, in order.</summary>
    private static IEnumerable<int> Packed(PackPlan plan, PlannedShard shard, ShardRecord record)
    {
        var skipped = 0;
        for (var i = 0; i < shard.Count; i++)
        {
            if (skipped < record.Skipped.Count && record.Skipped[skipped].Index == i)
            {
                skipped++;
            }
            else
            {
                yield return plan.Positions(shard)[i];
            }
        }
    }
}
