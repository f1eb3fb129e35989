using System.Text.Json;
using Cgh.Core.Numpy;

namespace Cgh.Tests;

/// <summary>Reference files written by NumPy and Pillow (tests/golden/make.py).</summary>
public static class Golden
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden");

    public static string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public static T Json<T>(params string[] parts) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(PathOf(parts)), JsonSerializerOptions.Web)!;

    /// <summary>An image of height x width x 3 bytes.</summary>
    public static (byte[] Rgb, int Width, int Height) Image(params string[] parts)
    {
        var header = NpyFile.ReadHeader(PathOf(parts));
        return (File.ReadAllBytes(PathOf(parts))[(int)header.DataOffset..], (int)header.Shape[1], (int)header.Shape[0]);
    }
}
