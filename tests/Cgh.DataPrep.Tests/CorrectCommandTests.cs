using Cgh.Core.LabelQuality;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Decisions of a review, applied and exported on the command line.</summary>
public sealed class CorrectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CorrectCommandTests()
    {
        ReportedDataset.WriteDataset(Images, images: 12);
        ReportedDataset.WriteReport(Report, Images);
    }

    private string Images => _folder["datasets", "set"];

    private string Report => _folder["experiments", "e-1", "suspects"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Correct_Decisions_MakesALabelSetAndSaysWhatChanged()
    {
        var review = LabelReview.Open(Report, TimeProvider.System);
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(3, "ada", DecisionKind.Keep);
        review.Decide(6, "ada", DecisionKind.Unsure);
        File.AppendAllText(review.DecisionsPath, "{\"sequ");

        var made = await DataPrepProcess.RunAsync("labels", "correct", "e-1/suspects", "--name", "reviewed", "--data", _folder.Path);

        Assert.Equal(
            (0, $"{Images}: label set 'reviewed', 1 labels of 'original' changed (1 suggestions accepted, 0 other classes), 1 kept, 1 unsure, 0 disputed\n"),
            (made.ExitCode, made.Output));
        Assert.StartsWith("The last line of decisions.jsonl was incomplete", made.Error, StringComparison.Ordinal);
        var info = await DataPrepProcess.RunAsync("info", Images);
        Assert.Contains("import, from original", info.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decisions_ReportGivenByPath_AreWrittenToStandardOutput()
    {
        LabelReview.Open(Report, TimeProvider.System).Decide(0, "ada", DecisionKind.Accept);

        var (exitCode, output, _) = await DataPrepProcess.RunAsync("labels", "decisions", Report, "--data", _folder.Path);

        Assert.Equal(0, exitCode);
        Assert.StartsWith("index,file,given,suggested,decision,label,reviewer,time\n0,cat/00000.png,0,1,accept,1,ada,", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("{ \"corrections\": [")]
    public async Task Correct_DamagedFiles_SayWhatHelpsAndThatHelps(string damaged)
    {
        LabelReview.Open(Report, TimeProvider.System).Decide(0, "ada", DecisionKind.Accept);
        string[] correct = ["labels", "correct", Report, "--name", "reviewed", "--data", _folder.Path];
        var history = Path.Combine(Report, "corrections.json");
        var info = Path.Combine(Images, "labels", "reviewed.json");
        File.WriteAllText(history, damaged);

        var ofHistory = await DataPrepProcess.RunAsync(correct);
        File.Move(history, history + ".damaged");
        var afterwards = await DataPrepProcess.RunAsync(correct);
        File.WriteAllText(info, damaged);
        var ofLabels = await DataPrepProcess.RunAsync(correct);
        File.Delete(info);
        var again = await DataPrepProcess.RunAsync(correct);

        AssertRefused(ofHistory.Error, history, "Restore it, or move it away: the label sets stay.");
        AssertRefused(ofLabels.Error, info, "Restore it, or delete it and create the label set again under this name.");
        Assert.Equal((1, 0, 1, 0), (ofHistory.ExitCode, afterwards.ExitCode, ofLabels.ExitCode, again.ExitCode));
        Assert.Contains("label set 'reviewed', 1 labels of 'original' changed", again.Output, StringComparison.Ordinal);

        static void AssertRefused(string error, string path, string advice)
        {
            Assert.StartsWith($"{path} is ", error, StringComparison.Ordinal);
            Assert.EndsWith($" {advice}\n", error, StringComparison.Ordinal);
            Assert.Equal(1, error.Count(letter => letter == '\n'));
        }
    }

    [Theory]
    [InlineData("e-1/none", "none has no report on labels (no labels.json).")]
    [InlineData("e-1/suspects", "decisions.jsonl changes a label. Accept a suggestion or choose another class first.")]
    public async Task Correct_NothingToApply_IsOneLine(string report, string expected)
    {
        var (exitCode, _, error) = await DataPrepProcess.RunAsync("labels", "correct", report, "--name", "reviewed", "--data", _folder.Path);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
