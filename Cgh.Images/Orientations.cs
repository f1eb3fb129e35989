using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>The eight orientations of EXIF, 1 (upright) to 8, turned as Pillow's <c>ImageOps.exif_transpose</c> does.</summary>
internal static class Orientations
{
    public const int Upright = 1;

    // Columns that are copied at a time, so that reading down the columns of a large image stays within the cache.
    private const int Block = 32;

    /// <summary>Whether width and height change places.</summary>
    public static bool Transposes(int orientation) => orientation is >= 5 and <= 8;

    /// <summary>Turns an image upright.</summary>
    /// <param name="source">Pixels of four bytes.</param>
    /// <param name="width">Width before the turn.</param>
    /// <param name="height">Height before the turn.</param>
    /// <param name="orientation">Where the upright image's first row and column are, 2 to 8.</param>
    /// <param name="target">Receives as many pixels.</param>
    public static void Apply(ReadOnlySpan<byte> source, int width, int height, int orientation, Span<byte> target)
    {
        var (columns, rows) = Transposes(orientation) ? (height, width) : (width, height);
        var from = MemoryMarshal.Cast<byte, uint>(source);
        var to = MemoryMarshal.Cast<byte, uint>(target);
        var last = (height - 1) * width;
        for (var block = 0; block < columns; block += Block)
        {
            var count = Math.Min(Block, columns - block);
            for (var row = 0; row < rows; row++)
            {
                var (start, step) = orientation switch
                {
                    2 => ((row * width) + width - 1, -1),
                    3 => (last - (row * width) + width - 1, -1),
                    4 => (last - (row * width), 1),
                    5 => (row, width),
                    6 => (last + row, -width),
                    7 => (last + width - 1 - row, -width),
                    8 => (width - 1 - row, width),
                    _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
                };
                var line = to.Slice((row * columns) + block, count);
                var at = start + (step * block);
                for (var column = 0; column < count; column++, at += step)
                {
                    line[column] = from[at];
                }
            }
        }
    }
}
