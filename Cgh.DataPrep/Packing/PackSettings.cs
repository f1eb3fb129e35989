using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Everything that determines the bytes of a dataset. Attempts at a dataset continue each other only if these are the same.</summary>
/// <param name="Fingerprint"><see cref="IImageSource.Fingerprint"/>.</param>
/// <param name="Side">Height and width of the packed images.</param>
/// <param name="ShortSide">Length of the shorter side before the crop.</param>
/// <param name="ShardBytes">Maximum size of a shard's pixels.</param>
/// <param name="Selection">Which images are packed.</param>
/// <param name="Source">What the user says about the source.</param>
/// <param name="Orient">Whether the EXIF orientation is applied.</param>
/// <param name="Encoding">What the shards hold.</param>
internal sealed record PackSettings(
    string Fingerprint, int Side, int ShortSide, long ShardBytes, ImageSelection Selection, SourceOptions Source, bool Orient, PackEncoding Encoding)
{
    /// <summary>Whether images of more than 89 megapixels are accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LargeImages { get; init; }

    /// <summary>Identifies the settings in the record of a shard.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, CghJson.Line)))[..32];

    public static PackSettings For(IImageSource source, PackPlan plan, PackOptions options) => new(
        source.Fingerprint, options.Side, options.ShortSide, options.ShardBytes, plan.Selection, options.Source, options.Orient, options.Encoding)
    {
        LargeImages = options.LargeImages,
    };

    /// <summary>The options that have these settings. Skipped images are allowed.</summary>
    public PackOptions ToOptions() => new()
    {
        Side = Side,
        ShortSide = ShortSide,
        ShardBytes = ShardBytes,
        Selection = Selection,
        Source = Source,
        Orient = Orient,
        KeepJpeg = Encoding == PackEncoding.Encoded,
        LargeImages = LargeImages,
        AllowSkipped = true,
    };

    /// <summary>The settings of a finished dataset; null if it was packed before they were recorded.</summary>
    public static PackSettings? Of(DatasetManifest manifest) => manifest is { Fingerprint: { } fingerprint, ShardBytes: { } shardBytes }
        ? new PackSettings(
            fingerprint,
            manifest.Side,
            manifest.ShortSide,
            shardBytes,
            manifest.Selection ?? new ImageSelection(),
            manifest.SourceOptions ?? new SourceOptions(),
            manifest.Orient,
            manifest.Encoding)
        {
            LargeImages = manifest.LargeImages,
        }
        : null;
}
