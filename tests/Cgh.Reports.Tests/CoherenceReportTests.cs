using System.Globalization;
using System.Xml.Linq;
using Cgh.Core;
using Cgh.Core.Runs;
using SkiaSharp;
using Xunit;

namespace Cgh.Reports.Tests;

public sealed class CoherenceReportTests : IDisposable
{
    private readonly SampleExperiment _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Write_NoRunMeasuresCoherence_HasNoSectionAndNoFigure()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));

        ExperimentReport.Write(_sample.Folder);

        Assert.DoesNotContain("## Coherence", File.ReadAllText(_sample.Folder.Report), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_sample.Folder.Path, "coherence.png")));
    }

    [Fact]
    public void Write_RunsWithCoherence_TabulatesFirstPeakAndLastOfEachSet()
    {
        AddRun("real", 0, "original", [2.71, 10.04, 3.2], []);
        AddRun("noisy", 0, "half-noise", [2, 3, 4], [1.5, 8.21, 2.5]);
        _sample.AddRun(SampleExperiment.Spec("without", "sgd"), (100, 99, 99, 50));

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        var section = report[report.IndexOf("## Coherence", StringComparison.Ordinal)..report.IndexOf("## Configuration", StringComparison.Ordinal)];
        string[][] expected =
        [
            ["noisy-seed-0", "all", "2.0", "4.0 (2)", "4.0"],
            ["noisy-seed-0", "pristine", "1.5", "8.2 (1)", "2.5"],
            ["noisy-seed-0", "corrupt", "1.5", "8.2 (1)", "2.5"],
            ["real-seed-0", "all", "2.7", "10.0 (1)", "3.2"],
        ];
        Assert.Equal(
            expected,
            section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
                .Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        Assert.Contains("(coherence.png)", section, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_sample.Folder.Path, "coherence.png")));
    }

    [Fact]
    public void Write_MalformedCurve_NamesTheFile()
    {
        AddRun("real", 0, "original", [2, 3], []);
        var path = Path.Combine(_sample.Folder.Path, "real-seed-0", "coherence.csv");
        File.AppendAllText(path, "x,1,2,3\n");

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{path} is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Svg_RunsOfSeveralSeeds_HasAPanelForEachSetAndALegendEntryForEachGroup()
    {
        AddRun("real", 0, "original", [2, 10, 3], []);
        AddRun("real", 1, "original", [2, 9, 3], []);
        AddRun("noisy", 0, "half-noise", [2, 3, 4], [1, 8, 2]);
        var figure = CoherenceFigure.Of(ReportInput.Read(_sample.Folder).Runs)!;

        var document = XDocument.Parse(System.Text.Encoding.UTF8.GetString(CoherencePainter.Svg(figure)));

        var texts = document.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim()).ToList();
        Assert.All(
            [
                "Train sample", "Coherence of all examples", "Coherence of pristine examples", "Coherence of corrupt examples",
                "real (2 seeds)", "noisy-seed-0",
            ],
            expected => Assert.Contains(expected, texts));
    }

    [Fact]
    public void Png_WithoutCorruptLabels_HasOneRowOfPanels()
    {
        AddRun("real", 0, "original", [2, 10, 3], []);
        var figure = CoherenceFigure.Of(ReportInput.Read(_sample.Folder).Runs)!;

        using var picture = SKBitmap.Decode(CoherencePainter.Png(figure));

        Assert.Equal((CoherencePainter.Width, CoherencePainter.Height(figure)), (picture.Width, picture.Height));
        Assert.True(picture.Height < 2 * CoherencePainter.PanelHeight);
        Assert.Single(figure.Panels);
    }

    private void AddRun(string name, uint seed, string labels, double[] all, double[] apart)
    {
        var spec = SampleExperiment.Spec($"{name}-seed-{seed}", "sgd") with { Labels = labels, Seed = seed, CoherenceEvery = 1 };
        var folder = _sample.AddRun(spec, (100, apart.Length > 0 ? 99 : null, 99, 50));
        Write(Curves.Coherence, all);
        Write(Curves.CoherencePristine, apart);
        Write(Curves.CoherenceCorrupt, apart);

        void Write(string curve, double[] values) => File.WriteAllText(
            folder.Csv(curve),
            string.Concat(
                values.Select((value, epoch) => string.Create(CultureInfo.InvariantCulture, $"{epoch},500,{(value - 1) / 499},{value}\n"))
                    .Prepend(Curves.CoherenceHeader + "\n")));
    }
}
