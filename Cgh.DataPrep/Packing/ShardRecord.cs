using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>An image of a shard that was not packed.</summary>
/// <param name="Index">Its index among the planned images of the shard.</param>
/// <param name="File">Its name, on one line.</param>
/// <param name="Reason">The reason, in one line.</param>
internal sealed record SkippedImage(int Index, string File, string Reason);

/// <summary>
/// What is known of a packed shard: <c>images-00000.json</c> beside it until the dataset is complete. Written after the shard was flushed to disk. Without a
/// valid record, a shard is packed again.
/// </summary>
internal sealed record ShardRecord
{
    /// <summary><see cref="PackSettings.Digest"/> of the attempt that packed the shard.</summary>
    public required string Settings { get; init; }

    /// <summary>Number of planned images.</summary>
    public required int Planned { get; init; }

    /// <summary>The shard; null if all its images were skipped and there is no file.</summary>
    public required ShardInfo? Shard { get; init; }

    /// <summary>Length of the shard's file in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The images that were not packed, in order.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>Hash of each packed image, one after another as in <see cref="ImageHash"/>.</summary>
    public required byte[] Hashes { get; init; }

    /// <summary>Number of packed images whose EXIF orientation says that they are rotated or mirrored.</summary>
    public int Oriented { get; init; }

    /// <summary>Reads the record of a shard.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="settings"><see cref="PackSettings.Digest"/> of the current attempt.</param>
    /// <param name="damage">What is wrong with the record or the shard, if they cannot be used although they exist.</param>
    /// <returns>Null if the shard must be packed.</returns>
    public static ShardRecord? Read(string folder, PlannedShard shard, string settings, out string? damage)
    {
        damage = null;
        var path = shard.PathIn(folder, ".json");
        if (!File.Exists(path))
        {
            return null;
        }

        ShardRecord? record;
        try
        {
            record = JsonSerializer.Deserialize<ShardRecord>(SharedFile.ReadText(path), CghJson.File);
        }
        catch (JsonException)
        {
            record = null;
        }

        var packed = record?.Shard?.Images ?? 0;
        if (record is null
            || record.Settings != settings
            || record.Planned != shard.Count
            || record.Hashes.Length != packed * ImageHash.Bytes
            || packed + record.Skipped.Count != shard.Count)
        {
            damage = $"{path} is damaged: packing this shard again.";
            return null;
        }

        // Not its checksum: reading ImageNet's shards back takes minutes, and 'verify' does that.
        if (record.Shard is { } info)
        {
            var file = new FileInfo(shard.PathIn(folder));
            if (!file.Exists || file.Length != record.Bytes || !NpyFile.HasMagic(file.FullName) || !HasOffsets(file.FullName, info.OffsetsSha256))
            {
                damage = $"{file.FullName} is incomplete: packing this shard again.";
                return null;
            }
        }

        return record;
    }

    private static bool HasOffsets(string shard, string? sha256) =>
        sha256 is null || (EncodedImages.OffsetsPath(shard) is var offsets && File.Exists(offsets) && Checksum.Of(offsets) == sha256);

    /// <summary>Writes the record of a shard, which must have been flushed to disk.</summary>
    public void Save(string folder, PlannedShard shard) => CghJson.Save(shard.PathIn(folder, ".json"), this);
}
