using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>Encodes a drawing as PNG or SVG. The same drawing gives the same bytes.</summary>
internal static partial class FigureCanvas
{
    public static byte[] Png(int width, int height, Action<SKCanvas> paint)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        paint(surface.Canvas);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    public static byte[] Svg(int width, int height, Action<SKCanvas> paint)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
        {
            paint(canvas);
        }

        // Without a fallback list, viewers that lack the font use a serif font.
        var text = Encoding.UTF8.GetString(stream.ToArray())
            .Replace($"font-family=\"{ReportFont.Name}\"", $"font-family=\"{ReportFont.Name}, Verdana, sans-serif\"", StringComparison.Ordinal);

        // Skia's clip ids are a process-wide counter. Renumbered from 0, the same figure has the same bytes.
        var clips = new Dictionary<string, string>();
        return Encoding.UTF8.GetBytes(ClipName().Replace(text, clip =>
            clips.TryGetValue(clip.Value, out var name) ? name : clips[clip.Value] = $"clip{clips.Count}"));
    }

    [GeneratedRegex(@"(?<=id=""|url\(#)cl_[0-9a-f]+")]
    private static partial Regex ClipName();
}
