using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Xunit;

namespace Cgh.Reports.Tests;

public sealed class EasyHardReportTests : IDisposable
{
    private readonly SampleExperiment _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Write_ThreeSeeds_TabulatesGapsWithMeanAndSpread()
    {
        AddThreeSeeds();

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        string[] expected =
        [
            "| seed | learned | not learned | easy gap | random gap | hard gap | easy < random < hard |",
            "| 0 | 3 | 2 | +10.0 | +40.0 | +70.0 | yes |",
            "| 1 | 3 | 2 | +12.0 | +42.0 | +72.0 | yes |",
            "| 2 | 3 | 2 | +14.0 | +44.0 | +74.0 | yes |",
            "| mean ± spread | 3 ± 0 | 2 ± 0 | 12.0 ± 2.0 | 42.0 ± 2.0 | 72.0 ± 2.0 | 3 of 3 |",
            "| easy | 100.0 ± 0.0 | 88.0 ± 2.0 | 12.0 ± 2.0 | 50.0 ± 0.0 |",
            "| hard | 100.0 ± 0.0 | 28.0 ± 2.0 | 72.0 ± 2.0 | 50.0 ± 0.0 |",
        ];
        Assert.Empty(expected.Except(Rows(report)));
        Assert.Contains("Mean over 3 seeds ± standard deviation: easy 12.0 ± 2.0, random 42.0 ± 2.0 and hard 72.0 ± 2.0 points.", report);
        Assert.Contains("The gaps rise from easy over random to hard in every seed", report);
        Assert.Contains("further apart than the sum of their standard deviations: easy and random +30.0 and random and hard +30.0 points.", report);
        Assert.DoesNotContain("Each figure is from a single run", report);
        Assert.DoesNotContain("`easy-0`, without corrupt labels", report);
        Assert.Contains("(easy-hard.png)", report);
    }

    [Fact]
    public void Write_ThreeSeeds_WritesAnEntryPerSeedToTheResults()
    {
        AddThreeSeeds();

        ExperimentReport.Write(_sample.Folder);

        using var results = JsonDocument.Parse(File.ReadAllText(_sample.Folder.Results));
        var entries = results.RootElement.GetProperty("easyHard");
        Assert.Equal(3, entries.GetArrayLength());
        Assert.Equal(
            """
            {"seed":1,"learned":3,"notLearned":2,
            "easy":{"train":100,"test":88,"gap":12,"originalTest":50},
            "random":{"train":100,"test":58,"gap":42,"originalTest":50},
            "hard":{"train":100,"test":28,"gap":72,"originalTest":50}}
            """.ReplaceLineEndings(""),
            JsonSerializer.Serialize(entries[1]));
        Assert.False(results.RootElement.TryGetProperty("learnedOverlap", out _));
    }

    [Fact]
    public void Write_OrderThatDoesNotHold_NamesTheSeedsAndTheCloseMeans()
    {
        AddSeed(0, easy: 60, random: 58, hard: 20);
        AddSeed(1, easy: 56, random: 58, hard: 22);

        ExperimentReport.Write(_sample.Folder);

        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("The gaps rise from easy over random to hard in 1 of 2 seeds, not in seed 1.", report);
        Assert.Contains(
            "not further apart than the sum of their standard deviations for easy and random: easy and random 0.0 and random and hard +37.0 points.",
            report);
    }

    [Fact]
    public void Write_SeedThatIsNotComplete_IsLeftOutAndNamed()
    {
        AddSeed(0, easy: 90, random: 60, hard: 30);
        AddSeed(1, easy: 90, random: 60, hard: 30);
        _sample.AddRun(Spec("hard", 1), (100, null, 100, 30), RunStatus.Running, lastEpoch: 1);

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Equal([0u], results.EasyHard!.Select(seed => seed.Seed));
        Assert.Contains("Easy and hard, left out: seed 1: `hard-1` is running.", File.ReadAllText(_sample.Folder.Report));
    }

    [Fact]
    public void Write_NoSeedComplete_HasAnEmptyArrayAndNoFigure()
    {
        AddSeed(0, easy: 90, random: 60, hard: 30);
        File.Delete(Path.Combine(_sample.Folder.Run("split-0").Path, "learned_examples.csv"));

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Empty(results.EasyHard!);
        Assert.False(File.Exists(Path.Combine(_sample.Folder.Path, "easy-hard.png")));
        Assert.Contains("seed 0: `split-0` has not split the training set.", File.ReadAllText(_sample.Folder.Report));
    }

    [Fact]
    public void Write_SubsetsByLearningTimes_SaysHowTheyWereDrawn()
    {
        AddSeed(0, easy: 90, random: 60, hard: 30);
        var split = ReportOf();
        SetKind("split-0", "learning");

        var learning = ReportOf();

        Assert.Contains("A short training splits the training set", split);
        Assert.DoesNotContain("A short training splits the training set", learning);
        Assert.Contains("The training examples are ordered by when a tracked training learned them.", learning);
        Assert.Contains("| 0 | 3 | 2 | +10.0 | +40.0 | +70.0 | yes |", Rows(learning));

        string ReportOf()
        {
            ExperimentReport.Write(_sample.Folder);
            return File.ReadAllText(_sample.Folder.Report);
        }
    }

    [Fact]
    public void Write_StagesByLearningTimesOfTwoModels_CompareNoOverlap()
    {
        AddSplit("split-resnet", "short-resnet", "resnet-small", learned: [0, 1, 2, 3], notLearned: [4, 5, 6, 7]);
        AddSplit("split-vgg", "short-vgg", "vgg-small", learned: [0, 1, 2, 7], notLearned: [3, 4, 5, 6]);
        SetKind("split-vgg", "learning");

        Assert.Null(ExperimentReport.Write(_sample.Folder).LearnedOverlap);
    }

    [Fact]
    public void Write_OtherExperiment_HasNoSection()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Null(results.EasyHard);
        Assert.DoesNotContain("easyHard", File.ReadAllText(_sample.Folder.Results));
        Assert.DoesNotContain("## Easy and hard", File.ReadAllText(_sample.Folder.Report));
    }

    [Fact]
    public void Write_SplitsOfTwoModels_ComparesTheirOverlapWithChance()
    {
        AddSplit("split-resnet", "short-resnet", "resnet-small", learned: [0, 1, 2, 3], notLearned: [4, 5, 6, 7]);
        AddSplit("split-vgg", "short-vgg", "vgg-small", learned: [0, 1, 2, 7], notLearned: [3, 4, 5, 6]);

        var overlap = Assert.Single(ExperimentReport.Write(_sample.Folder).LearnedOverlap!);

        // Both learned 3 of the 5 that one learned. Two random sets of 4 of 8 share 2, of 6.
        Assert.Equal((8, 3), (overlap.Examples, overlap.Both));
        Assert.Equal(60, overlap.Overlap, 1e-9);
        Assert.Equal(100 / 3.0, overlap.OverlapByChance, 1e-9);
        var report = File.ReadAllText(_sample.Folder.Report);
        Assert.Contains("`resnet-small` and `vgg-small` learned the same examples early to 60.0% (by chance: 33.3%; 1 seed).", report);
        Assert.Contains("| 0 | resnet-small, vgg-small | 4, 4 | 3 | 60.0% | 33.3% |", Rows(report));
    }

    [Fact]
    public void Write_DamagedSplit_NamesTheLineAndReportsTheOtherRuns()
    {
        AddSeed(0, easy: 90, random: 60, hard: 30);
        var file = Path.Combine(_sample.Folder.Run("split-0").Path, "learned_examples.csv");
        File.WriteAllText(file, "index\n3\nx\n");

        var results = ExperimentReport.Write(_sample.Folder);

        var left = Assert.Single(results.Unreadable!);
        Assert.Equal(("split-0", $"{file} line 3 must be an index (got 'x'). Restore the file, or run the stage again."), (left.Name, left.Reason));
        Assert.NotEmpty(results.Runs);
    }

    [Theory]
    [InlineData("split-0/easy")]
    [InlineData("/data/experiments/x/split-0/easy")]
    public void Find_DatasetOfAStage_FindsTheChain(string easy)
    {
        var chain = Assert.Single(EasyHardChain.Find(
            [Spec("hard", 0), Spec("easy", 0) with { Dataset = easy }, Spec("random", 0), Spec("easy", 0) with { Dataset = "split-1/easy" }]));

        Assert.Equal(("split-0", 0u, easy), (chain.Stage, chain.Seed, chain.Easy.Dataset));
    }

    // Padding and separators differ between tables.
    private static IEnumerable<string> Rows(string report) => report.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => $"| {string.Join(" | ", line.Trim('|').Split('|').Select(cell => cell.Trim()))} |");

    private static RunSpec Spec(string subset, uint seed) =>
        SampleExperiment.Spec($"{subset}-{seed}", "sgd") with { Dataset = $"split-{seed}/{subset}", Labels = "original", Seed = seed };

    private void SetKind(string stage, string kind)
    {
        var file = _sample.Folder.Run(stage).Record;
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"kind\": \"split\"", $"\"kind\": \"{kind}\"", StringComparison.Ordinal));
    }

    private void AddThreeSeeds()
    {
        AddSeed(2, easy: 86, random: 56, hard: 26);
        AddSeed(1, easy: 88, random: 58, hard: 28);
        AddSeed(0, easy: 90, random: 60, hard: 30);
    }

    private void AddSeed(uint seed, double easy, double random, double hard)
    {
        AddSplit($"split-{seed}", $"short-{seed}", "resnet-small", [0, 1, 4], [2, 3], seed);
        foreach (var (subset, test) in new[] { ("easy", easy), ("random", random), ("hard", hard) })
        {
            var run = _sample.AddRun(Spec(subset, seed), (100, null, 100, test));
            var record = run.Load();
            run.Save(record with
            {
                Result = new Dictionary<string, EvaluationResult>(record.Result!) { [Curves.OriginalTest] = new(2000, 1, 50, 60) },
            });
        }
    }

    private void AddSplit(string stage, string from, string model, int[] learned, int[] notLearned, uint seed = 0)
    {
        _sample.AddRun(SampleExperiment.Spec(from, "sgd") with { Model = model, Seed = seed }, (50, null, 50, 40));
        var folder = _sample.AddRun(SampleExperiment.Spec(stage, "sgd") with { Seed = seed }, (0, null, 0, 0));
        Write(folder, "learned_examples.csv", learned);
        Write(folder, "not_learned_examples.csv", notLearned);
        var json = File.ReadAllText(folder.Record);
        File.WriteAllText(folder.Record, json.Replace("\"spec\": {", $$"""
            "spec": { "derive": { "kind": "split", "from": "{{from}}" },
            """, StringComparison.Ordinal));
    }

    private static void Write(RunFolder folder, string file, int[] indices) =>
        File.WriteAllText(Path.Combine(folder.Path, file), string.Concat(indices.Select(index => $"{index}\n").Prepend("index\n")));
}
