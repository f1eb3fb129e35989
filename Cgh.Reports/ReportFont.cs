using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>
/// The embedded font of the figures. Many servers and containers have no fonts, in which case Skia silently draws no text;
/// and the same results give the same figure on every machine.
/// </summary>
internal sealed class ReportFont : IFontResolver
{
    public const string Name = "DejaVu Sans";

    private static readonly Lazy<ReportFont> s_registered = new(Register);

    private readonly SKData _data;

    private ReportFont()
    {
        using var resource = typeof(ReportFont).Assembly.GetManifestResourceStream("DejaVuSans-ascii.ttf")
            ?? throw new InvalidOperationException("The embedded font DejaVuSans-ascii.ttf is missing from the build.");
        _data = SKData.Create(resource);
    }

    /// <summary>Makes this the default font of ScottPlot in this process.</summary>
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
