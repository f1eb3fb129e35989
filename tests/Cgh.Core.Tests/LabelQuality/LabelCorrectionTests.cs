using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

/// <summary>Corrected label sets made from decisions, their export, and the runs on them.</summary>
public sealed class LabelCorrectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DataFolder _data;

    public LabelCorrectionTests()
    {
        _data = new DataFolder(_folder.Path);
        ReportedDataset.WriteDataset(DatasetFolder, images: 12);
        WriteReport();
    }

    private string DatasetFolder => _folder["datasets", "set"];

    private string ReportFolder => _folder["experiments", "e-1", "suspects"];

    private string RunPath => _folder["experiments", "e-1", "rm3"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Apply_Decisions_MakesALabelSetWithItsHistory()
    {
        var review = Open();
        review.Decide(0, "bob", DecisionKind.Accept);
        review.Decide(3, "ada", DecisionKind.Other, label: 1);
        review.Decide(6, "ada", DecisionKind.Keep);
        review.Decide(9, "ada", DecisionKind.Accept);
        review.Decide(9, "bob", DecisionKind.Keep);
        using var dataset = LabelCorrection.OpenDataset(review.Report, _data);

        LabelCorrection.Apply(review, dataset, "reviewed");

        var set = dataset.Labels("reviewed");
        Assert.Equal([1, 1, 2, 1, 1, 2, 0, 1, 2, 0, 1, 2], set.Labels);
        Assert.Equal((LabelNoiseKind.Import, "original", 2), (set.Info.Kind, set.Info.From, set.Info.Corrupt));
        var decisions = set.Info.Decisions!;
        Assert.Equal((1, 1, 1, 0, 1), (decisions.Accepted, decisions.Other, decisions.Kept, decisions.Unsure, decisions.Disputed));
        Assert.Equal((2, 5, review.DecisionsPath), (decisions.Changed, decisions.Lines, decisions.File));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(review.DecisionsPath))), decisions.Sha256);
        Assert.Equal(["ada", "bob"], decisions.Reviewers);
        Assert.Equal([("reviewed", 2, null)], CorrectionHistory.Read(ReportFolder).Corrections.Select(made => (made.LabelSet, made.Changed, made.Experiment)));
    }

    [Fact]
    public void Apply_SameDecisionsAgain_IsTheSameLabelSetAndOthersNeedAnotherName()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        using var dataset = LabelCorrection.OpenDataset(review.Report, _data);
        var first = LabelCorrection.Apply(review, dataset, "reviewed").Info;

        Assert.Equal(first.Created, LabelCorrection.Apply(review, dataset, "reviewed").Info.Created);
        Assert.Single(CorrectionHistory.Read(ReportFolder).Corrections);

        review.Decide(3, "ada", DecisionKind.Accept);
        var error = Assert.Throws<UserErrorException>(() => LabelCorrection.Apply(review, dataset, "reviewed"));
        Assert.StartsWith($"Label set 'reviewed' already exists in {DatasetFolder} with labels made from 'original'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ReportHadPlantedErrors_CorrectsTheLabelsInQuestion()
    {
        using var dataset = Dataset.Open(DatasetFolder);
        var noisy = LabelSet.Create(dataset, 0.5, 3, "noisy");
        WriteReport(info => info with { Labels = "noisy", LabelsSha256 = LabelSet.ChecksumOf(noisy.Labels), Planted = 4 });
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Other, label: noisy.Labels[0] == 2 ? 1 : 2);

        var made = LabelCorrection.Apply(review, dataset, "reviewed");

        Assert.Equal(("noisy", 3u), (made.Info.From, made.Info.Seed));
        Assert.Equal(noisy.Labels[1..], made.Labels[1..]);
        Assert.Equal(noisy.Examples.TrainSample, made.Examples.TrainSample);
    }

    [Fact]
    public void Apply_NoDecisionChangesALabel_IsRejected()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Keep);
        using var dataset = LabelCorrection.OpenDataset(review.Report, _data);

        var error = Assert.Throws<UserErrorException>(() => LabelCorrection.Apply(review, dataset, "reviewed"));

        Assert.Equal($"No decision in {review.DecisionsPath} changes a label. Accept a suggestion or choose another class first.", error.Message);
    }

    [Fact]
    public void Apply_LabelSetHasChanged_IsRejected()
    {
        WriteReport(info => info with { LabelsSha256 = "00" });
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        using var dataset = LabelCorrection.OpenDataset(review.Report, _data);

        var error = Assert.Throws<UserErrorException>(() => LabelCorrection.Apply(review, dataset, "reviewed"));

        Assert.StartsWith($"Label set 'original' of {DatasetFolder} has changed since the report was written.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenDataset_HasChanged_IsRejected()
    {
        NpyFile.WriteInt64(Dataset.LabelsPath(DatasetFolder, Split.Train), new long[12]);

        var error = Assert.Throws<UserErrorException>(() => LabelCorrection.OpenDataset(Open().Report, _data));

        Assert.StartsWith($"{DatasetFolder} has changed since the report on its labels was written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenDataset_WasMoved_IsFoundByItsName()
    {
        var review = Open();
        Directory.CreateDirectory(_folder["elsewhere", "datasets"]);
        Directory.Move(DatasetFolder, _folder["elsewhere", "datasets", "set"]);

        using var dataset = LabelCorrection.OpenDataset(review.Report, new DataFolder(_folder["elsewhere"]));

        Assert.Equal(_folder["elsewhere", "datasets", "set"], dataset.Folder);
        var error = Assert.Throws<UserErrorException>(() => LabelCorrection.OpenDataset(review.Report, _data));
        Assert.StartsWith("There is no dataset 'set'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteTable_Decisions_HasARowForEachReviewer()
    {
        var review = Open();
        review.Decide(3, "Smith, J.", DecisionKind.Unsure);
        review.Decide(0, "ada", DecisionKind.Keep);
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(0, "bob", DecisionKind.Other, label: 2);
        using var dataset = LabelCorrection.OpenDataset(review.Report, _data);

        DecisionTable.Write(review, dataset, _folder["decisions.csv"]);

        var lines = File.ReadAllLines(_folder["decisions.csv"]);
        Assert.Equal(
            [
                "index,file,given,suggested,decision,label,reviewer",
                "0,cat/00000.png,0,1,accept,1,ada",
                "0,cat/00000.png,0,1,other,2,bob",
                "3,cat/00003.png,0,2,unsure,,\"Smith, J.\"",
            ],
            lines.Select(line => line[..line.LastIndexOf(',')]));
    }

    [Fact]
    public void RecipeFor_RunOnTheLabelsInQuestion_TrainsItOnTheCorrectedOnes()
    {
        SaveRun("original", accuracy: 70);
        using var dataset = Dataset.Open(DatasetFolder);

        var recipe = Retraining.RecipeFor(Open().Report, dataset, "reviewed", _data);

        Assert.Equal(("reviewed", "set"), (recipe.Name, recipe.Dataset.Name));
        Assert.Equal([Spec("original") with { Name = "corrected", Labels = "reviewed" }], recipe.Runs);
    }

    [Fact]
    public void RecipeFor_RunOnPlantedErrors_TrainsOnTheLabelsInQuestionToo()
    {
        SaveRun("planted", accuracy: 70);
        using var dataset = Dataset.Open(DatasetFolder);

        var recipe = Retraining.RecipeFor(Open().Report, dataset, "reviewed", _data);

        Assert.Equal([("given", "original"), ("corrected", "reviewed")], recipe.Runs.Select(run => (run.Name, run.Labels)));
    }

    [Fact]
    public void TestAccuracy_BeforeAndAfterTheRunCompletes_IsReadFromTheFolders()
    {
        SaveRun("original", accuracy: 70);
        var report = Open().Report;
        Assert.Equal((70, null), Retraining.TestAccuracy(report, "reviewed-1", _data));

        Save(_folder["experiments", "reviewed-1", "corrected"], Spec("reviewed"), accuracy: 72.5);

        Assert.Equal((70, 72.5), Retraining.TestAccuracy(report, "reviewed-1", _data));
    }

    [Fact]
    public void Read_FolderHasNoReport_IsOneLine()
    {
        var error = Assert.Throws<UserErrorException>(() => LabelReview.Open(_folder["experiments", "e-1"], TimeProvider.System));

        Assert.Equal(
            $"{_folder["experiments", "e-1"]} has no report on labels (no labels.json). Write the report again with: Cgh.Trainer labels RUN", error.Message);
    }

    private static RunSpec Spec(string labels) => new() { Name = "rm3", Dataset = "set", Labels = labels, Epochs = 3, Seed = 5 };

    private static void Save(string folder, RunSpec spec, double accuracy)
    {
        Directory.CreateDirectory(folder);
        new RunFolder(folder).Save(new RunRecord
        {
            Spec = spec,
            DatasetFolder = "set",
            Status = RunStatus.Completed,
            Result = new Dictionary<string, EvaluationResult> { [Curves.Test] = new(3, 1, accuracy, 100) },
        });
    }

    private void SaveRun(string labels, double accuracy) => Save(RunPath, Spec(labels), accuracy);

    private void WriteReport(Func<LabelReportInfo, LabelReportInfo>? change = null) =>
        ReportedDataset.WriteReport(ReportFolder, DatasetFolder, RunPath, change);

    private LabelReview Open() => LabelReview.Open(ReportFolder, TimeProvider.System);
}
