using System.Diagnostics;
using System.Text.Json;
using Cgh.Core.LabelQuality;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

/// <summary>Decisions of reviewers: what counts, and what is on the disk.</summary>
public sealed class LabelReviewTests : IDisposable
{
    private const int Images = 12;

    private readonly TemporaryFolder _folder = new();

    public LabelReviewTests()
    {
        ReportedDataset.WriteDataset(_folder["set"], Images);
        ReportedDataset.WriteReport(_folder["report"], _folder["set"]);
    }

    private string Decisions => _folder["report", "decisions.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Decide_EachKind_IsAgreedOnAndReadAgain()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(3, "ada", DecisionKind.Keep);
        review.Decide(6, "ada", DecisionKind.Unsure);
        review.Decide(9, "ada", DecisionKind.Other, label: 2);

        (int, VerdictState, int?)[] expected =
            [(0, VerdictState.Decided, 1), (3, VerdictState.Decided, 0), (6, VerdictState.Unsure, null), (9, VerdictState.Decided, 2)];
        Assert.Equal(expected, review.Verdicts().Select(pair => (pair.Index, pair.Verdict.State, pair.Verdict.Label)));
        Assert.Equal(expected, Open().Verdicts().Select(pair => (pair.Index, pair.Verdict.State, pair.Verdict.Label)));
        Assert.Null(Open().Notice);
    }

    // An empty file is that of a new review, zeros are a line that was not written to the disk, and a link is followed.
    public static TheoryData<string> NotAFile { get; } = [.. DamagedFile.Kinds.Except([DamagedFile.Empty, DamagedFile.Zeros, DamagedFile.DeadLink])];

    [Theory]
    [MemberData(nameof(NotAFile))]
    public async Task Decide_AnotherThingInPlaceOfTheDecisions_IsNotSavedInSilence(string kind)
    {
        DamagedFile.Put(Decisions, kind);

        // The timeout only ends the test if reading or writing blocks.
        var error = await Task.Run(() => Record.Exception(() => Open().Decide(0, "ada", DecisionKind.Accept)), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.IsType<UserErrorException>(error);
        Assert.Contains(Decisions, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void Decide_TwoReviewersDiffer_IsDisputedUntilTheyAgree()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(0, "bob", DecisionKind.Keep);

        Assert.Equal(VerdictState.Disputed, review.Verdict(0).State);
        Assert.Equal([DecisionKind.Accept, DecisionKind.Keep], review.Verdict(0).Decisions.Select(decision => decision.Decision));

        // The same class, chosen in another way.
        review.Decide(0, "bob", DecisionKind.Other, label: 1);

        Assert.Equal((VerdictState.Decided, 1), (review.Verdict(0).State, review.Verdict(0).Label));
    }

    [Fact]
    public void Decide_OneOverrules_ItsDecisionCountsUntilAnotherIsMade()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(0, "bob", DecisionKind.Keep);
        review.Decide(0, "ada", DecisionKind.Accept, overrules: true);

        Assert.Equal((VerdictState.Decided, 1), (review.Verdict(0).State, review.Verdict(0).Label));

        review.Decide(0, "bob", DecisionKind.Unsure);

        Assert.Equal(VerdictState.Disputed, review.Verdict(0).State);
    }

    [Fact]
    public void Undo_TwoReviewers_TakesBackOnlyTheOwnLastDecision()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Keep);
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(3, "bob", DecisionKind.Accept);

        Assert.Equal(0, review.Undo("ada")!.Index);
        Assert.Equal(DecisionKind.Keep, review.Decision(0, "ada")!.Decision);
        Assert.Equal(0, review.Undo("ada")!.Index);
        Assert.Equal(VerdictState.Undecided, review.Verdict(0).State);
        Assert.Null(review.Undo("ada"));
        Assert.Equal(VerdictState.Decided, review.Verdict(3).State);
        Assert.Equal([3], Open().Verdicts().Select(pair => pair.Index));
    }

    [Fact]
    public void Refresh_AnotherProcessDecides_SeesItAndNumbersGoOn()
    {
        var (first, second) = (Open(), Open());
        first.Decide(0, "ada", DecisionKind.Accept);

        Assert.True(second.Refresh());
        Assert.False(second.Refresh());
        Assert.Equal(2, second.Decide(3, "bob", DecisionKind.Keep).Sequence);
        Assert.Equal(3, first.Decide(6, "ada", DecisionKind.Keep).Sequence);
        Assert.Equal([0, 3, 6], first.Verdicts().Select(pair => pair.Index));
    }

    [Fact]
    public async Task Decide_FourReviewersAtOnce_EveryDecisionIsALineOfItsOwn()
    {
        const int Each = 50;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(reviewer => Task.Run(
            () =>
            {
                var review = Open();
                for (var i = 0; i < Each; i++)
                {
                    review.Decide(i % Images, $"reviewer {reviewer}", DecisionKind.Keep);
                }
            },
            TestContext.Current.CancellationToken)));

        Assert.Equal(Enumerable.Range(1, 4 * Each), Sequences());
    }

    [Theory]
    [InlineData("{\"sequence\":3,\"index\":6,\"rev")]
    [InlineData("\0\0\0\0\0\0")]
    [InlineData("{\"sequence\":3,\0\0\0\0\n")]
    public void Open_LastLineIsTorn_IgnoresItAndTheNextDecisionReplacesIt(string torn)
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(3, "ada", DecisionKind.Accept);
        File.AppendAllText(Decisions, torn);

        var reopened = Open();

        Assert.Equal([0, 3], reopened.Verdicts().Select(pair => pair.Index));
        Assert.Equal(
            "The last line of decisions.jsonl was incomplete, because the program or the machine stopped while it was being written. It was ignored; "
            + "the decisions before it are kept.",
            reopened.Notice);
        Assert.Equal(3, reopened.Decide(6, "ada", DecisionKind.Keep).Sequence);
        Assert.Contains("It was removed;", reopened.Notice, StringComparison.Ordinal);
        Assert.Equal(3, File.ReadLines(Decisions).Count());
        Assert.Null(Open().Notice);
    }

    [Fact]
    public void Open_LastLineHasNoLineBreak_CountsAndStaysALine()
    {
        Open().Decide(0, "ada", DecisionKind.Accept);
        File.WriteAllText(Decisions, File.ReadAllText(Decisions).TrimEnd('\n'));
        var review = Open();

        review.Decide(3, "ada", DecisionKind.Keep);

        Assert.Equal([0, 3], Open().Verdicts().Select(pair => pair.Index));
        Assert.Equal(2, File.ReadLines(Decisions).Count());
    }

    [Theory]
    [InlineData("\"index\":0", "\"index\":99", "is about example 99, which does not exist: the report has examples 0 to 11")]
    [InlineData("\"label\":1", "\"label\":7", "has label 7, which is no class: the classes are 0 to 2")]
    [InlineData("\"labels\":\"", "\"labels\":\"00", "is about other labels than the report: that was written again, from other labels")]
    [InlineData("\"reviewer\":\"ada\"", "\"reviewer\":\"a\\nda\"", "has a reviewer's name that is too long or has line breaks")]
    [InlineData("\"accept\"", "\"keep\"", "keeps label 1, and the given one is 0")]
    [InlineData("\"accept\"", "\"unsure\"", "has a label, and is unsure")]
    [InlineData("\"accept\"", "\"like\"", "is damaged")]
    public void Open_LineDoesNotFit_IsRejectedWithItsNumber(string old, string replacement, string expected)
    {
        var review = Open();
        review.Decide(3, "ada", DecisionKind.Keep);
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(6, "ada", DecisionKind.Keep);
        var lines = File.ReadAllLines(Decisions);
        lines[1] = lines[1].Replace(old, replacement, StringComparison.Ordinal);
        File.WriteAllLines(Decisions, lines);

        var error = Assert.Throws<UserErrorException>(() => Open());

        Assert.Equal($"{Decisions}: line 2 {expected}. Restore the file, remove the line, or move the file away to start a new review.", error.Message);
    }

    [Fact]
    public void Decide_InvalidRequest_IsRejectedAndNothingIsWritten()
    {
        var review = Open();

        Assert.Equal("There is no example 12: the report has examples 0 to 11.", Failure(() => review.Decide(12, "ada", DecisionKind.Keep)));
        Assert.Equal("There is no class 3: the classes are 0 to 2.", Failure(() => review.Decide(0, "ada", DecisionKind.Other, label: 3)));
        Assert.Equal("Choose the other class.", Failure(() => review.Decide(0, "ada", DecisionKind.Other)));
        Assert.StartsWith("A reviewer's name has 1 to 40 characters", Failure(() => review.Decide(0, " \n", DecisionKind.Keep)), StringComparison.Ordinal);
        Assert.False(File.Exists(Decisions));
    }

    [Fact]
    public void Decide_FolderIsGoneForAWhile_KeepsWhatIsKnownAndGoesOn()
    {
        var review = Open();
        review.Decide(0, "ada", DecisionKind.Accept);
        Directory.Move(_folder["report"], _folder["away"]);

        Assert.StartsWith(
            $"The decision was not saved: {_folder["report"]} is not there now.",
            Failure(() => review.Decide(3, "ada", DecisionKind.Keep)),
            StringComparison.Ordinal);
        Assert.StartsWith($"{_folder["report"]} is not there now.", Failure(() => review.Refresh()), StringComparison.Ordinal);
        Assert.Equal([0], review.Verdicts().Select(pair => pair.Index));
        Assert.False(Directory.Exists(_folder["report"]));

        Directory.Move(_folder["away"], _folder["report"]);
        review.Decide(3, "ada", DecisionKind.Keep);

        Assert.Equal([0, 3], Open().Verdicts().Select(pair => pair.Index));
    }

    [Fact]
    public void Sample_SecondReviewer_IsOfOthersDecisionsAndStaysTheSame()
    {
        var review = Open();
        foreach (var index in (int[])[0, 3, 6, 9])
        {
            review.Decide(index, "ada", DecisionKind.Accept);
        }

        review.Decide(9, "bob", DecisionKind.Keep);
        var upTo = review.LastSequence;

        var sample = review.Sample("bob", 2, upTo);
        Assert.Equal(2, sample.Count);
        Assert.DoesNotContain(9, sample);
        Assert.Equal([0, 3, 6], review.Sample("bob", 10, upTo).Order());
        Assert.Empty(review.Sample("ada", 10, review.LastSequence).Except([9]));

        review.Decide(sample[0], "bob", DecisionKind.Keep, isBlind: true);
        review.Undo("ada");

        Assert.Equal(sample, review.Sample("bob", 2, upTo));
    }

    [Fact]
    public void Agreement_BlindDecisions_AreComparedWithTheFirst()
    {
        var review = Open();
        Assert.Equal(new ReviewAgreement(0, 0, null), review.Agreement());
        foreach (var index in (int[])[0, 3, 6, 9])
        {
            review.Decide(index, "ada", index == 9 ? DecisionKind.Keep : DecisionKind.Accept);
        }

        review.Decide(0, "bob", DecisionKind.Accept, isBlind: true);
        review.Decide(3, "bob", DecisionKind.Keep, isBlind: true);
        review.Decide(6, "bob", DecisionKind.Accept, isBlind: true);
        review.Decide(9, "bob", DecisionKind.Keep, isBlind: true);
        // Having seen the first one.
        review.Decide(3, "bob", DecisionKind.Accept);

        // Observed 3 of 4; by chance 3/4 * 2/4 + 1/4 * 2/4 = 1/2.
        Assert.Equal((4, 3, 75.0, 0.5), (review.Agreement().Examples, review.Agreement().Same, review.Agreement().Percent, review.Agreement().Kappa));
    }

    [Fact]
    public async Task Decide_ProcessIsKilled_NoAcknowledgedDecisionIsLost()
    {
        var acknowledged = _folder["acknowledged"];
        using var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(LabelReviewTests).Assembly.Location])
        {
            Environment = { [DecidingChild.Variable] = _folder.Path },
        })!;
        try
        {
            for (var deadline = DateTime.UtcNow.AddMinutes(1); !File.Exists(acknowledged) || File.ReadLines(acknowledged).Count() < 40;)
            {
                Assert.False(child.HasExited, "The child has ended.");
                Assert.True(DateTime.UtcNow < deadline, "The child decides nothing.");
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var last = File.ReadAllText(acknowledged).Split('\n')[..^1].Select(int.Parse).Max();
        var review = Open();
        var next = review.Decide(0, "ada", DecisionKind.Keep).Sequence;

        // The child can have been killed between a decision and its acknowledgement.
        Assert.InRange(next, last + 1, last + 2);
        Assert.Equal(Enumerable.Range(1, next), Sequences());
    }

    private static string Failure(Action action) => Assert.Throws<UserErrorException>(action).Message;

    private IEnumerable<int> Sequences() =>
        File.ReadLines(Decisions).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt32());

    private LabelReview Open() => LabelReview.Open(_folder["report"], TimeProvider.System);
}
