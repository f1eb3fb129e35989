namespace Cgh.Images;

/// <summary>A range of columns of a decoded image, with all rows.</summary>
/// <param name="rgba">Four bytes per pixel, without padding between rows; the fourth is ignored.</param>
/// <param name="firstColumn">First decoded column of the image.</param>
/// <param name="columns">Number of decoded columns.</param>
internal readonly ref struct DecodedPixels(ReadOnlySpan<byte> rgba, int firstColumn, int columns)
{
    public ReadOnlySpan<byte> Rgba { get; } = rgba;

    public int FirstColumn { get; } = firstColumn;

    public int Columns { get; } = columns;
}
