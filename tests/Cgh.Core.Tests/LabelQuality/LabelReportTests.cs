using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

public sealed class LabelReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThenRead_RoundTripsAndTheTableIsRanked()
    {
        using var dataset = MakeDataset();
        var report = Report();

        report.Write(_folder.Path, dataset);
        var read = LabelReport.Read(_folder.Path);

        Assert.Equal(report.Findings.Select(Text), read.Findings.Select(Text));
        Assert.Equal((report.Info.Labels, report.Info.Cut), (read.Info.Labels, read.Info.Cut));
        Assert.Equal(
            [
                LabelReport.Header,
                "2,\"a,b.png\",1,0,2.5,1,dog,cat,0.25,-1.5,4,other-class,0,0 1,1",
                "0,x.png,0,1,1,0,cat,dog,NaN,NaN,-1,,,,",
                "1,y.png,0,1,0.5,0,cat,dog,0.75,2,1,,,,",
            ],
            File.ReadAllLines(_folder[LabelReport.Csv]));
    }

    [Theory]
    [InlineData(LabelReport.Npy, 200)]
    [InlineData(LabelReport.Npy, 20)]
    public void Read_DamagedArray_IsRefusedInALine(string file, int length)
    {
        using var dataset = MakeDataset();
        Report().Write(_folder.Path, dataset);
        var path = _folder[file];
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(length);
        }

        var error = Assert.Throws<UserErrorException>(() => LabelReport.Read(_folder.Path));

        Assert.Equal($"{path} is damaged or has other columns. Write the report again with: Cgh.Trainer labels RUN", error.Message);
    }

    [Fact]
    public void Read_ExampleThatDoesNotExist_IsRefused()
    {
        using var dataset = MakeDataset();
        var report = Report();
        (report with { Findings = [report.Findings[0] with { NearGiven = [99] }, .. report.Findings.Skip(1)] }).Write(_folder.Path, dataset);

        Assert.Contains("it names an example or a class that does not exist", Assert.Throws<UserErrorException>(() => LabelReport.Read(_folder.Path)).Message);
    }

    [Fact]
    public void Read_NoReport_SaysHowToWriteOne() => Assert.Equal(
        $"{_folder.Path} has no report on labels (no labels.json). Write the report again with: Cgh.Trainer labels RUN",
        Assert.Throws<UserErrorException>(() => LabelReport.Read(_folder.Path)).Message);

    private static string Text(LabelFinding finding) =>
        $"{finding with { NearGiven = [], NearSuggested = [] }} {string.Join(' ', finding.NearGiven)} {string.Join(' ', finding.NearSuggested)}";

    private static LabelReport Report()
    {
        LabelFinding Finding(int index, int given, double score) => new()
        {
            Index = index,
            Given = given,
            Suggested = 1 - given,
            Score = score,
            IsSuspect = score > 2,
            Probability = 0.75,
            Margin = 2,
            FirstLearned = 1,
            Kind = SuspectKind.None,
        };
        return new LabelReport(
            new LabelReportInfo
            {
                DatasetFolder = "d",
                Dataset = "checksum",
                Labels = LabelSet.Original,
                LabelsSha256 = "labels",
                Run = "run",
                Score = "aum",
                Examples = 3,
                Planted = 0,
                Cut = new LabelCut { Threshold = 2.5, Suspects = 1, Reason = "Because.", NoiseRate = new Estimate(0.1, 0.05, 0.2) },
                Classes = [new("cat", 2, 0, 1, null), new("dog", 1, 1, 0, "Too small.")],
                Pairs = [new(1, 0, 1)],
                Notes = [],
            },
            [
                Finding(2, 1, 2.5) with
                {
                    Probability = 0.25, Margin = -1.5, FirstLearned = 4, Kind = SuspectKind.OtherClass, Twin = 0, NearGiven = [0, 1], NearSuggested = [1],
                },
                Finding(0, 0, 1) with { Probability = double.NaN, Margin = double.NaN, FirstLearned = -1 },
                Finding(1, 0, 0.5),
            ]);
    }

    private Dataset MakeDataset()
    {
        var folder = _folder["dataset"];
        foreach (var split in Enum.GetValues<Split>())
        {
            Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
        }

        NpyFile.WriteInt64(Dataset.LabelsPath(folder, Split.Train), new long[] { 0, 0, 1 });
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, Split.Val), Array.Empty<long>());
        File.WriteAllText(Dataset.FilesPath(folder, Split.Train), "x.png\ny.png\na,b.png\n");
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Name = "dataset",
            Classes = ["cat", "dog"],
            Side = 8,
            ShortSide = 8,
            Train = new SplitInfo(3, [new ShardInfo("images-00000.npy", 3, "")], []),
            Val = new SplitInfo(0, [], []),
        });
        return Dataset.Open(folder);
    }
}
