using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.DataPrep.Tests;

internal static class ImageReaderExtensions
{
    public static string? Read(this ImageReader reader, string path, Span<byte> rgb) => reader.Read(() => ImageFile.Open(path), rgb).Failure;

    public static string? Decode(this ImageReader reader, string path, out ReadOnlySpan<byte> rgba, out int width, out int height) =>
        reader.Decode(() => ImageFile.Open(path), out rgba, out width, out height);
}
