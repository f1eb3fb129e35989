using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Xunit;

namespace Cgh.Reports.Tests;

public sealed class ExperimentReportTests : IDisposable
{
    private readonly SampleExperiment _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Write_FourRules_TabulatesTheFinalResults()
    {
        AddFourRuns();

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains(
            "| run  | rule | status    |  epoch | pristine | corrupt | train sample |  test | train - test | best test (epoch) | time | images/s |\n"
                + "|------|------|-----------|-------:|---------:|--------:|-------------:|------:|-------------:|------------------:|-----:|---------:|\n",
            report);
        Assert.Contains(
            "| sgd  | SGD  | completed | 3 of 3 |   100.0% |   99.8% |        99.9% | 56.8% |        +43.1 |         56.8% (3) | 80 s |      150 |",
            report);
        Assert.Contains(
            "| m3   | M3   | completed | 3 of 3 |    97.5% |   25.0% |        61.5% | 68.2% |         -6.7 |         68.2% (3) | 80 s |      150 |",
            report);
        Assert.Contains("Evaluated examples: pristine 2,017, corrupt 1,983, train sample 4,000, test 2,000.", report);
        Assert.Contains("50% of the labels randomized with seed 7; 1,983 labels differ from the original (corrupt), 2,017 do not (pristine)", report);
        Assert.Contains("100 classes, 4,000 training and 2,000 test images of 16 x 16 pixels", report);
        Assert.Contains(
            "Common to all runs: dataset demo, labels half-noise, median exact, model resnet-small, auxiliaryLogits false, weights none, "
                + "augmentation none, cropSide 0, epochs 3, batchSize 20, learningRate 0.04,",
            report);
        Assert.Contains(
            "`sgd`, `ra3`, `rm3` and `m3` on host-a: Linux, 2 processors, device cpu, 1 Torch thread; "
                + ".NET 10.0.1, TorchSharp 0.107.0, libtorch 2.10.0, Cgh 0.1.0.",
            report);
        foreach (var figure in Figure.All)
        {
            Assert.Contains($"({figure.Name}.png)", report);
        }
    }

    [Fact]
    public void Write_ExperimentWithStages_ListsThemApartFromTheRunsThatTrain()
    {
        var trained = SampleExperiment.Spec("short-0", "sgd");
        var split = new RunSpec { Name = "split-0", Dataset = "demo", Derive = new StageSpec { From = "short-0", Train = 500, Test = 100 }, Seed = 4 };
        var failed = split with { Name = "split-1", Seed = 5 };
        _sample.AddDataset();
        _sample.AddRecipe(trained, split, failed);
        _sample.AddRun(trained, (100, 99.8, 99.9, 56.8));
        AddStage(split, run => run with
        {
            Status = RunStatus.Completed,
            Derived = new StageResult { DatasetChecksum = "12ab", Learned = 3050, NotLearned = 950, Artefacts = [new StageArtefact("easy", 500, 100, "34cd")] },
        });
        AddStage(failed, run => run with { Status = RunStatus.Failed, Error = "3,990 training examples are learned and 10 are not." });

        var results = ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Equal(["short-0"], results.Runs.Select(run => run.Name));
        var row = Assert.Single(report.Split('\n'), line => line.StartsWith("| split-0", StringComparison.Ordinal));
        Assert.Equal(
            ["split-0", "split", "short-0", "4", "completed", "3,050", "950", "easy (500 + 100)"],
            row.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Trim()));
        Assert.Contains("\n`split-1`: 3,990 training examples are learned and 10 are not.\n", report);
    }

    [Fact]
    public void Write_OnlyStagesHaveStarted_SaysSo()
    {
        AddStage(new RunSpec { Name = "split-0", Dataset = "demo", Derive = new StageSpec { From = "short-0" } }, run => run);

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.Contains("Wait for the first run.", error.Message);
    }

    [Fact]
    public void Write_FourRules_ReportsWhichRulesMemorize()
    {
        AddFourRuns();

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("top-1 on the corrupt labels (chance: 1.0%): `sgd` 99.8%, `ra3` 99.7%, `rm3` 72.1% and `m3` 25.0%.", report);
        Assert.Contains(
            "`m3` compared with `sgd`: top-1 is 74.8 points lower on the corrupt labels, "
                + "2.5 points lower on the pristine labels and 11.4 points higher on the test set.",
            report);
        Assert.Contains("`rm3` and `m3` memorize less than `sgd` but still fit the pristine examples", report);
        Assert.Contains("the median suppresses memorization, not the window", report);
        Assert.Contains("Each figure is from a single run; results vary with the seed.", report);
    }

    [Fact]
    public void Write_LongerWindows_JudgesOnlyRobustRules()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
        _sample.AddRun(SampleExperiment.Spec("five", "median:5"), (99, 40, 70, 60));
        _sample.AddRun(SampleExperiment.Spec("trimmed", "trimmed:5:1"), (99, 50, 75, 60));
        _sample.AddRun(SampleExperiment.Spec("mean", "trimmed:5:0"), (100, 99, 99, 50));

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("`five` and `trimmed` memorize less than `sgd`", report);
        Assert.DoesNotContain("does not suppress", report);
        Assert.Contains("trimmed:5:1", report);
        Assert.Contains("\"rule\": \"median:5\"", File.ReadAllText(Path.Combine(_sample.Folder.Path, "results.json")));
    }

    [Fact]
    public void Write_ThreeNumbersOfARule_DrawsTheAccuracyAgainstTheNumber()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
        _sample.AddRun(SampleExperiment.Spec("mom-7", "mom:7"), (97, 20, 60, 62));
        _sample.AddRun(SampleExperiment.Spec("mom-3", "mom:3"), (99, 40, 70, 60));
        _sample.AddRun(SampleExperiment.Spec("mom-3-again", "mom:3") with { Seed = 1 }, (99, 42, 70, 62));
        _sample.AddRun(SampleExperiment.Spec("mom-5", "mom:5"), (98, 30, 65, 64));
        _sample.AddRun(SampleExperiment.Spec("other", "mom:9") with { BatchSize = 40 }, (98, 30, 65, 64));
        _sample.AddRun(SampleExperiment.Spec("two-0", "trimmed:5:0"), (99, 50, 75, 60));
        _sample.AddRun(SampleExperiment.Spec("two-1", "trimmed:5:1"), (99, 50, 75, 60));

        var figures = ParameterFigure.Of(ExperimentReport.Write(_sample.Folder).Runs);

        var figure = Assert.Single(figures);
        Assert.Equal([(3, 61), (5, 64), (7, 62)], figure.Points(Curves.Test));
        Assert.Contains(
            "![Final top-1 accuracy of mom:K against K, mean over seeds](top1-mom-k.png)\n\nFinal top-1 accuracy of mom:K against K, mean over seeds.\n",
            File.ReadAllText(_sample.Folder.Report));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(_sample.Folder.Path, "top1-mom-k.png"))[..4]);
    }

    [Fact]
    public void Write_RobustRuleThatMemorizes_ReportsNoSuppression()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
        _sample.AddRun(SampleExperiment.Spec("rm3", "rm3"), (100, 95, 97, 51));

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("`rm3` does not suppress memorization here", report);
        Assert.DoesNotContain("hypothesis predicts", report);
    }

    [Fact]
    public void Write_RuleThatLearnsNothing_ReportsNoSuppression()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
        _sample.AddRun(SampleExperiment.Spec("m3", "m3"), (1, 1, 1, 1));

        ExperimentReport.Write(_sample.Folder);

        Assert.Contains("`m3` does not suppress memorization here", File.ReadAllText(_sample.Folder.Report));
    }

    [Fact]
    public void Write_SeveralSeeds_ComparesMeansAndReportsDeviations()
    {
        foreach (var (seed, sgd, m3) in new[] { (0u, 50.0, 66.0), (1u, 52.0, 68.0), (2u, 54.0, 67.0) })
        {
            _sample.AddRun(SampleExperiment.Spec($"sgd-{seed}", "sgd") with { Seed = seed }, (100, 99, 99, sgd));
            _sample.AddRun(SampleExperiment.Spec($"m3-{seed}", "m3") with { Seed = seed }, (98, 30, 64, m3));
        }

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("| SGD (`sgd-0`, 3 runs) | 0, 1, 2 | 100.0% ± 0.0 | 99.0% ± 0.0 |  99.0% ± 0.0 | 52.0% ± 2.0 |", report);
        Assert.Contains("| M3 (`m3-0`, 3 runs)   | 0, 1, 2 |  98.0% ± 0.0 | 30.0% ± 0.0 |  64.0% ± 0.0 | 67.0% ± 1.0 |", report);
        Assert.Contains(
            "M3 (`m3-0`, 3 runs) compared with SGD (`sgd-0`, 3 runs): "
                + "top-1 is 69.0 points lower on the corrupt labels, 2.0 points lower on the pristine labels and 15.0 points higher on the test set.",
            report);
        Assert.DoesNotContain("Each figure is from a single run", report);
    }

    [Fact]
    public void Write_SameRunFolders_WritesTheSameBytes()
    {
        AddFourRuns();
        string[] Files() => [_sample.Folder.Report, _sample.Folder.Results, .. Directory.GetFiles(_sample.Folder.Path, "*-*.*g").Order(StringComparer.Ordinal)];

        ExperimentReport.Write(_sample.Folder);
        var first = Files().Select(File.ReadAllBytes).ToList();
        ExperimentReport.Write(_sample.Folder);

        Assert.Equal(2 + (2 * Figure.All.Count), first.Count);
        Assert.Equal(first, Files().Select(File.ReadAllBytes));
    }

    [Fact]
    public void Write_FourRules_WritesResultsInTheDocumentedFormat()
    {
        AddFourRuns();

        ExperimentReport.Write(_sample.Folder);

        using var document = JsonDocument.Parse(File.ReadAllText(_sample.Folder.Results));
        var root = document.RootElement;
        Assert.Equal(1, root.GetProperty("version").GetInt32());
        Assert.Equal("demo-20260102-030405", root.GetProperty("experiment").GetString());
        Assert.Equal(["sgd", "ra3", "rm3", "m3"], root.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("name").GetString()));
        var rm3 = root.GetProperty("runs")[2];
        Assert.Equal("rm3", rm3.GetProperty("rule").GetString());
        Assert.Equal("completed", rm3.GetProperty("status").GetString());
        Assert.Equal(0u, rm3.GetProperty("seed").GetUInt32());
        Assert.Equal(80, rm3.GetProperty("seconds").GetDouble());
        Assert.Equal(Curves.EvaluationSets, rm3.GetProperty("final").EnumerateObject().Select(set => set.Name));
        var corrupt = rm3.GetProperty("final").GetProperty("corrupt");
        Assert.Equal(["count", "loss", "acc1", "acc5"], corrupt.EnumerateObject().Select(value => value.Name));
        Assert.Equal(72.1, corrupt.GetProperty("acc1").GetDouble());
    }

    [Fact]
    public void Write_RunsOnASubsetWithItsOwnTest_ReportsTheOriginalTest()
    {
        var spec = SampleExperiment.Spec("easy", "sgd") with { Labels = "original" };
        var run = _sample.AddRun(spec, (100, null, 100, 90));
        SampleExperiment.WriteCsv(run, Curves.OriginalTest, ["0,500,4.6,1,5", "3,500,1.5,61.2,80"]);
        var record = run.Load();
        var subset = Path.Combine(_sample.Folder.Path, "subset");
        run.Save(record with
        {
            DatasetFolder = subset,
            Result = new Dictionary<string, EvaluationResult>(record.Result!) { [Curves.OriginalTest] = new(500, 1.5, 61.2, 80) },
        });
        Directory.CreateDirectory(subset);
        CghJson.Save(SubsetInfo.PathIn(subset), new SubsetInfo
        {
            Name = "subset",
            Parent = "/gone/demo",
            ParentChecksum = "",
            Classes = 10,
            Side = 16,
            Train = 400,
            Test = 100,
            TrainSha256 = "",
            TestSha256 = "",
        });

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Equal(61.2, results.Runs[0].Final[Curves.OriginalTest].Acc1);
        Assert.Equal(10, results.Runs[0].GeneralizationGap!.Value, 1e-9);
        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("| original test | train - test |", report, StringComparison.Ordinal);
        Assert.Matches(@"\| +90\.0% +\| +61\.2% +\| +\+10\.0 +\|", report);
        Assert.Contains("400 training and 100 test images of 16 x 16 pixels, a subset of /gone/demo.", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoCorruptLabels_ReportsTheGapAndOmitsCorrupt()
    {
        var spec = SampleExperiment.Spec("sgd", "sgd") with { Labels = "original" };
        _sample.AddRun(spec, (100, null, 100, 61.2));

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.DoesNotContain(Curves.Corrupt, results.Runs[0].Final.Keys);
        Assert.Equal(38.8, results.Runs[0].GeneralizationGap!.Value, 1e-9);
        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains(
            "`sgd`, without corrupt labels: top-1 is 100.0% on the train sample and 61.2% on the test set, a generalization gap of +38.8 points.",
            report);
        Assert.Contains("the original labels, without noise", report);
    }

    [Fact]
    public void Write_UnfinishedRuns_MarksThemAndKeepsTheirFigures()
    {
        RunSpec[] specs =
        [
            SampleExperiment.Spec("sgd", "sgd"),
            SampleExperiment.Spec("ra3", "ra3"),
            SampleExperiment.Spec("rm3", "rm3"),
            SampleExperiment.Spec("m3", "m3"),
            SampleExperiment.Spec("later", "m3"),
        ];
        _sample.AddRecipe(specs);
        _sample.AddRun(specs[0], (100, 99, 99, 50), RunStatus.Running, lastEpoch: 2);
        _sample.AddRun(specs[1], (90, 80, 85, 40), RunStatus.Failed, lastEpoch: 1, error: "The loss was not finite in epoch 1.");
        _sample.AddRun(specs[2], (80, 20, 50, 45), RunStatus.Cancelled, lastEpoch: 1);
        _sample.AddRun(specs[3], (70, 10, 40, 44), RunStatus.Interrupted, lastEpoch: 2);

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Equal(
            [RunStatus.Running, RunStatus.Failed, RunStatus.Cancelled, RunStatus.Interrupted, RunStatus.Queued],
            results.Runs.Select(run => run.Status));
        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("`sgd` was still running when this report was written; its figures are from after epoch 2 of 3.", report);
        Assert.Contains("`ra3` failed; its figures are from after epoch 1 of 3. Error: The loss was not finite in epoch 1.", report);
        Assert.Contains("`rm3` was cancelled; its figures are from after epoch 1 of 3.", report);
        Assert.Contains("`m3` was interrupted; its figures are from after epoch 2 of 3.", report);
        Assert.Contains("`later` has not started.", report);
        Assert.DoesNotContain("hypothesis predicts", report);
    }

    [Fact]
    public void Write_DatasetMissing_ReportsItAndTakesTheNoiseFromTheRecipe()
    {
        var spec = SampleExperiment.Spec("sgd", "sgd");
        _sample.AddRecipe(spec);
        _sample.AddRun(spec, (100, 99, 99, 50));

        var results = ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("Dataset `demo`: no longer at the path that the runs used; its size is unknown.", report);
        Assert.Contains("Label set `half-noise` of `demo`: 50% of the labels randomized with seed 7.", report);
        Assert.Null(results.Runs[0].ImagesPerSecond);
    }

    [Fact]
    public void Write_IncompleteLastLine_IgnoresIt()
    {
        var run = _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50), RunStatus.Running, lastEpoch: 2);
        File.AppendAllText(run.Csv(Curves.Test), "3,20");

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Equal(50, results.Runs[0].Final[Curves.Test].Acc1);
    }

    [Fact]
    public void Write_LossIsNaN_ReportsNaN()
    {
        var run = _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50), RunStatus.Failed, lastEpoch: 1, error: "The loss was not finite.");
        SampleExperiment.WriteCsv(run, Curves.Test, ["0,2000,4.6,1,5", "1,2000,NaN,1,5"]);

        ExperimentReport.Write(_sample.Folder);

        Assert.Contains("NaN |", File.ReadAllText(_sample.Folder.Report));
        using var document = JsonDocument.Parse(File.ReadAllText(_sample.Folder.Results));
        Assert.Equal("NaN", document.RootElement.GetProperty("runs")[0].GetProperty("final").GetProperty("test").GetProperty("loss").GetString());
    }

    private void AddStage(RunSpec spec, Func<RunRecord, RunRecord> change)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_sample.Folder.Path, spec.Name)).FullName;
        new RunFolder(folder).Save(change(new RunRecord
        {
            Spec = spec,
            DatasetFolder = _sample.DatasetFolder,
            Status = RunStatus.Running,
            Created = DateTimeOffset.UnixEpoch,
        }));
    }

    private void AddFourRuns()
    {
        RunSpec[] specs =
        [
            SampleExperiment.Spec("sgd", "sgd"),
            SampleExperiment.Spec("ra3", "ra3"),
            SampleExperiment.Spec("rm3", "rm3"),
            SampleExperiment.Spec("m3", "m3"),
        ];
        _sample.AddDataset();
        _sample.AddRecipe(specs);
        _sample.AddRun(specs[0], (100, 99.8, 99.9, 56.8));
        _sample.AddRun(specs[1], (100, 99.7, 99.9, 57.5));
        _sample.AddRun(specs[2], (99.5, 72.1, 86, 72));
        _sample.AddRun(specs[3], (97.5, 25, 61.5, 68.2));
    }
}
