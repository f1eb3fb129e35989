namespace Cgh.Core.Datasets;

/// <summary>Limits on the sizes with which images are packed.</summary>
public static class PackSizes
{
    private const int MaxSide = 4096;
    private const int MaxShortSide = 8192;

    /// <summary>What is wrong with the values, a sentence each.</summary>
    /// <param name="side">Height and width of the packed images in pixels.</param>
    /// <param name="shortSide">Length in pixels to which the shorter side is resized.</param>
    /// <param name="shardSize">Maximum size of a shard in bytes; null for the default.</param>
    /// <param name="shown">Returns the name of a value as the user wrote it, such as <c>short-side</c> for <c>ShortSide</c>.</param>
    public static IEnumerable<string> Failures(int side, int shortSide, long? shardSize, Func<string, string> shown)
    {
        if (side is < 1 or > MaxSide)
        {
            yield return $"{shown("Side")} must be between 1 and {MaxSide} pixels (it is {side}).";
        }

        if (shortSide is < 1 or > MaxShortSide)
        {
            yield return $"{shown("ShortSide")} must be between 1 and {MaxShortSide} pixels (it is {shortSide}).";
        }

        if (shardSize < 1)
        {
            yield return $"{shown("ShardSize")} must be at least 1 byte (it is {shardSize}).";
        }
    }
}
