namespace Cgh.DataPrep.Packing;

/// <summary>All rows of an image, of which only these columns were decoded.</summary>
/// <param name="rgba">Four bytes a pixel, without gaps between rows; the fourth is passed over.</param>
/// <param name="firstColumn">Of the image, that a row begins with.</param>
/// <param name="columns">In a row.</param>
internal readonly ref struct DecodedPixels(ReadOnlySpan<byte> rgba, int firstColumn, int columns)
{
    public ReadOnlySpan<byte> Rgba { get; } = rgba;

    public int FirstColumn { get; } = firstColumn;

    public int Columns { get; } = columns;
}
