using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Packing;

/// <summary>Options for packing a source.</summary>
public sealed record PackOptions
{
    /// <summary>Maximum share of source files that may be unreadable: 1%.</summary>
    public const double MaxSkippedShare = 0.01;

    /// <summary>Height and width of the packed images in pixels.</summary>
    public int Side { get; init; } = 224;

    /// <summary>Length in pixels to which the shorter side is resized before the centre crop.</summary>
    public int ShortSide { get; init; } = 256;

    /// <summary>Whether both sides are at most the median shorter side of a sample of the images.</summary>
    public bool NoEnlarge { get; init; }

    /// <summary>Whether to continue if more than <see cref="MaxSkippedShare"/> of the files cannot be read.</summary>
    public bool AllowSkipped { get; init; }

    /// <summary>Maximum size of a shard's pixels in bytes; a shard holds at least one image.</summary>
    public long ShardBytes { get; init; } = 1L << 30;

    /// <summary>Name of the source in <c>dataset.json</c>; if null, its path.</summary>
    public string? SourceName { get; init; }

    /// <summary>What the user says about the source.</summary>
    public SourceOptions Source { get; init; } = new();

    /// <summary>Which images of the source the dataset holds.</summary>
    public ImageSelection Selection { get; init; } = new();

    /// <summary>Whether to rotate and mirror images as their EXIF orientation says.</summary>
    public bool Orient { get; init; }

    /// <summary>Whether to keep the encoded files instead of their pixels.</summary>
    public bool KeepJpeg { get; init; }

    /// <summary>Whether to accept images of more than 89 megapixels.</summary>
    public bool LargeImages { get; init; }

    /// <summary>What the shards hold.</summary>
    public PackEncoding Encoding => KeepJpeg ? PackEncoding.Encoded : PackEncoding.Pixels;

    /// <summary>Validates the sizes and the selection.</summary>
    /// <exception cref="UserErrorException">A value is out of range.</exception>
    public void Check()
    {
        var sizes = PackSizes.Failures(Side, ShortSide, ShardBytes, JsonNamingPolicy.KebabCaseLower.ConvertName);
        if (Selection.Failures(OptionName).Concat(sizes).FirstOrDefault() is { } failure)
        {
            throw UserErrorException.Usage(failure);
        }
    }

    private static string OptionName(string property) => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(property)}";
}
