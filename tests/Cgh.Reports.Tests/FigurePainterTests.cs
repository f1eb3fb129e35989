using System.Xml.Linq;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using ScottPlot;
using SkiaSharp;
using Xunit;

namespace Cgh.Reports.Tests;

public sealed class FigurePainterTests
{
    private static readonly SKColor s_sgd = SKColor.Parse("#0072B2");
    private static readonly SKColor s_m3 = SKColor.Parse("#CC79A7");

    public static TheoryData<string> Names { get; } = [.. Figure.All.Select(figure => figure.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Png_TwoRuns_HasTheExpectedSizeAndBothColoursInBothPanels(string name)
    {
        var figure = Figure.All.Single(figure => figure.Name == name);
        var runs = Runs();

        using var picture = SKBitmap.Decode(FigurePainter.Png(figure, runs));

        Assert.Equal((FigurePainter.Width, FigurePainter.Height(runs)), (picture.Width, picture.Height));
        Assert.Equal(SKColors.White, picture.GetPixel(0, 0));
        foreach (var left in new[] { 0, FigurePainter.Width / 2 })
        {
            Assert.True(Count(picture, left, s_sgd) > 200, $"SGD's colour is missing right of {left}.");
            Assert.True(Count(picture, left, s_m3) > 200, $"M3's colour is missing right of {left}.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Svg_TwoRuns_HasTitlesAndLegendAsText(string name)
    {
        var figure = Figure.All.Single(figure => figure.Name == name);

        var document = XDocument.Parse(System.Text.Encoding.UTF8.GetString(FigurePainter.Svg(figure, Runs())));

        Assert.Equal("svg", document.Root!.Name.LocalName);
        var texts = document.Descendants().Where(element => element.Name.LocalName == "text").ToList();
        Assert.All([figure.Left.Title, figure.Right.Title, "SGD", "other (M3)"], expected => Assert.Contains(texts, text => text.Value.Trim() == expected));
        Assert.All(texts, text => Assert.EndsWith("sans-serif", text.Attribute("font-family")!.Value));
    }

    [Fact]
    public void Png_ManyRuns_EnlargesTheLegendAndShadesRunsOfTheSameRule()
    {
        var runs = Enumerable.Range(0, 12).Select(index => Run($"sgd-with-seed-{index}", "sgd")).ToList();

        using var picture = SKBitmap.Decode(FigurePainter.Png(Figure.All[0], runs));

        Assert.True(picture.Height > FigurePainter.Height(Runs()));
        var colours = Enumerable.Range(0, picture.Width)
            .SelectMany(x => Enumerable.Range(FigurePainter.PanelHeight, picture.Height - FigurePainter.PanelHeight).Select(y => picture.GetPixel(x, y)));
        Assert.Equal(
            4,
            colours.Where(colour => colour.Blue > 150 && colour.Red < colour.Blue - 60).GroupBy(colour => colour).Count(same => same.Count() > 150));
    }

    [Fact]
    public void Png_LongerWindows_UseTheColourOfTheirRuleInDifferentShades()
    {
        var runs = new[] { Run("a", "median:5"), Run("b", "median:7"), Run("c", "trimmed:5:1") };

        using var picture = SKBitmap.Decode(FigurePainter.Png(Figure.All[0], runs));
        var svg = System.Text.Encoding.UTF8.GetString(FigurePainter.Svg(Figure.All[0], runs));

        foreach (var (kind, shade) in new[] { ("median:5", 0), ("median:5", 1), ("trimmed:5:1", 0) })
        {
            Assert.True(Enumerable.Range(0, picture.Width).Any(x => Enumerable.Range(0, picture.Height).Any(y =>
                picture.GetPixel(x, y) == SKColor.Parse(
                    RunColors.OnLight(RunColors.Hue(RuleChoice.Parse(kind)), shade)))), $"The colour of {kind}, shade {shade}, is missing.");
        }

        Assert.All(["a (median:5)", "b (median:7)", "c (trimmed:5:1)"], text => Assert.Contains(text, svg, StringComparison.Ordinal));
    }

    [Fact]
    public void Svg_NoCorruptLabels_SaysSoInThePanel()
    {
        var figure = Figure.All.Single(figure => figure.Name == "top1-pristine-corrupt");
        var run = Run("sgd", "sgd");
        var rows = run.Rows.ToDictionary(set => set.Key, set => set.Value);
        rows[Curves.Corrupt] = [];

        var svg = System.Text.Encoding.UTF8.GetString(FigurePainter.Svg(figure, [run with { Rows = rows }]));

        Assert.Contains("no corrupt labels in this experiment", svg);
    }

    [Fact]
    public void Png_RunWithNaN_DrawsTheOthers()
    {
        var figure = Figure.All.Single(figure => figure.Name == "loss-train-test");
        var broken = Run("broken", "sgd");
        IReadOnlyList<EvaluationRow> rows = [new(0, 10, double.NaN, 1, 5), new(1, 10, double.PositiveInfinity, 1, 5)];
        broken = broken with { Rows = broken.Rows.ToDictionary(set => set.Key, _ => rows) };

        using var picture = SKBitmap.Decode(FigurePainter.Png(figure, [broken, Run("m3", "m3")]));

        Assert.True(Count(picture, 0, s_m3) > 200);
    }

    [Fact]
    public void Use_AnyMachine_ProvidesEveryPrintableAsciiCharacter()
    {
        ReportFont.Use();

        using var font = Fonts.GetTypeface(ReportFont.Name, bold: false, italic: false).ToFont();

        Assert.True(font.ContainsGlyphs(string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(character => (char)character))));
        Assert.Equal(ReportFont.Name, Fonts.Default);
    }

    private static IReadOnlyList<ReportedRun> Runs() => [Run("sgd", "sgd"), Run("other", "m3")];

    private static ReportedRun Run(string name, string rule)
    {
        var slope = rule == "sgd" ? 30 : 10;
        return ReportedRun.NotStarted(SampleExperiment.Spec(name, rule)) with
        {
            Rows = Curves.EvaluationSets.ToDictionary(
                set => set,
                IReadOnlyList<EvaluationRow> (_) =>
                    [.. Enumerable.Range(0, 4).Select(epoch => new EvaluationRow(epoch, 10, 4.6 - (slope * epoch / 30.0), slope * epoch, 100))]),
        };
    }

    private static int Count(SKBitmap picture, int left, SKColor color)
    {
        var count = 0;
        for (var y = 0; y < FigurePainter.PanelHeight; y++)
        {
            for (var x = left; x < left + (FigurePainter.Width / 2); x++)
            {
                count += picture.GetPixel(x, y) == color ? 1 : 0;
            }
        }

        return count;
    }
}
