using Cgh.Core;

namespace Cgh.DataPrep.Packing;

/// <summary>How a source is packed.</summary>
public sealed record PackOptions
{
    /// <summary>The share of source files that may be unreadable before packing fails: one in a hundred.</summary>
    public const double MaxSkippedShare = 0.01;

    /// <summary>Height and width of the packed images in pixels.</summary>
    public int Side { get; init; } = 224;

    /// <summary>The short side is resized to this many pixels, then the centre is cropped.</summary>
    public int ShortSide { get; init; } = 256;

    /// <summary>Goes on when more files than <see cref="MaxSkippedShare"/> cannot be read.</summary>
    public bool AllowSkipped { get; init; }

    /// <summary>Where a shard ends: the last image that still fits into this many bytes.</summary>
    public long ShardBytes { get; init; } = 1L << 30;

    /// <summary>What the source is called in the dataset; its path when null.</summary>
    public string? SourceName { get; init; }

    /// <exception cref="UserErrorException">A size is out of range.</exception>
    public void Check()
    {
        if (Side is < 1 or > 4096)
        {
            throw UserErrorException.Usage($"side must be 1 to 4096 pixels (it is {Side}).");
        }

        if (ShortSide is < 1 or > 8192)
        {
            throw UserErrorException.Usage($"short-side must be 1 to 8192 pixels (it is {ShortSide}).");
        }

        if (ShardBytes < 1)
        {
            throw UserErrorException.Usage($"shard-size must be at least 1 byte (it is {ShardBytes}).");
        }
    }
}
