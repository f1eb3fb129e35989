using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>
/// The font of the report's pictures. It travels with the program: many servers and containers have no font at all, where
/// Skia draws no text and says nothing; and the same run gives the same picture on every machine.
/// </summary>
internal sealed class ReportFont : IFontResolver
{
    public const string Name = "DejaVu Sans";

    private static readonly Lazy<ReportFont> s_registered = new(Register);

    private readonly SKData _data;

    private ReportFont()
    {
        using var resource = typeof(ReportFont).Assembly.GetManifestResourceStream("DejaVuSans-ascii.ttf")
            ?? throw new InvalidOperationException("The program was built without its font, DejaVuSans-ascii.ttf.");
        _data = SKData.Create(resource);
    }

    /// <summary>Makes ScottPlot take this font from now on, in this process.</summary>
    public static void Use() => _ = s_registered.Value;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? SKTypeface.FromData(_data) : null;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        fontName == Name ? SKTypeface.FromData(_data) : null;

    private static ReportFont Register()
    {
        var font = new ReportFont();
        Fonts.FontResolvers.Insert(0, font);
        Fonts.Default = Name;
        return font;
    }
}
