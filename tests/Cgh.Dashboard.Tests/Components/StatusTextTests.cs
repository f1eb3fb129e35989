using Cgh.Core.Runs;
using Cgh.Dashboard.Parts;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Parts;

public sealed class WordsTests
{
    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(-1.0, "–")]
    [InlineData(0.4, "0 s")]
    [InlineData(80.0, "1 min 20 s")]
    [InlineData(3_725.0, "1 h 2 min")]
    [InlineData(180_000.0, "2 d 2 h")]
    [InlineData(1e300, "9999 d 0 h")]
    public void Duration_Seconds_TwoLargestUnits(double? seconds, string expected) => Assert.Equal(expected, Words.Duration(seconds));

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(125, "2 min ago")]
    [InlineData(7_300, "2 h ago")]
    [InlineData(200_000, "2 d ago")]
    [InlineData(5_000_000, "2026-01-01")]
    public void Ago_SecondsLater_IsCoarse(int seconds, string expected) =>
        Assert.Equal(expected, Words.Ago(Samples.Created, Samples.Created.AddSeconds(seconds)));

    [Theory]
    [InlineData(97.25, "97.3 %")]
    [InlineData(100.0, "100.0 %")]
    [InlineData(null, "–")]
    public void Percent_Figure_OneDecimal(double? percent, string expected) => Assert.Equal(expected, Words.Percent(percent));

    [Theory]
    [InlineData(RunStatus.Queued, "Waits for a trainer", 0)]
    [InlineData(RunStatus.Running, "Epoch 15 of 30, 1 min 20 s left", 15.5 / 30)]
    [InlineData(RunStatus.Completed, "30 epochs in 1 h 2 min", 1)]
    [InlineData(RunStatus.Failed, "Epoch 15 of 30", 15.5 / 30)]
    [InlineData(RunStatus.Paused, "Epoch 15 of 30", 15.5 / 30)]
    public void RunProgress_Status_SaysHowFar(RunStatus status, string text, double share)
    {
        var run = (status == RunStatus.Queued ? Samples.Run(Samples.Sgd) : Samples.Trained(Samples.Sgd)) with
        {
            Status = status,
            Ended = status == RunStatus.Completed ? Samples.Created.AddSeconds(3_725) : null,
        };

        Assert.Equal((text, share), (RunProgress.Text(run), RunProgress.Share(run)));
    }

    [Fact]
    public void RunProgress_QueuedAgain_SaysWhereItGoesOnAndWhatItWaitsFor()
    {
        var run = Samples.Trained(Samples.Sgd) with { Status = RunStatus.Queued, Offered = null };

        Assert.Equal("Epoch 15 of 30. Waits for its dataset", RunProgress.Text(run));
        Assert.Equal("Epoch 15 of 30. Waits for a trainer", RunProgress.Text(run with { Offered = Samples.Created }));
    }

    [Theory]
    [InlineData(RunStatus.Failed, 1, "No disk.")]
    [InlineData(RunStatus.Queued, 1, "It is tried again after a failed attempt. The last one: No disk.")]
    [InlineData(RunStatus.Queued, 2, "It is tried again after 2 failed attempts. The last one: No disk.")]
    [InlineData(RunStatus.Parked, 3, "Parked after 3 failed attempts in a row: No disk.")]
    [InlineData(RunStatus.Parked, 0, "Parked after failed attempts in a row: No disk.")]
    public void Error_RunWithOne_SaysWhatItMeans(RunStatus status, int failures, string expected) =>
        Assert.Equal(expected, Words.Error(Samples.Trained(Samples.Sgd) with { Status = status, Failures = failures, Error = "No disk." }));

    [Fact]
    public void Where_Run_NamesTheMachineWhileItTrains()
    {
        Assert.Null(Words.Where(Samples.Run(Samples.Sgd)));
        Assert.Equal("bench-7, attempt 1", Words.Where(Samples.Trained(Samples.Sgd)));
        Assert.Null(Words.Where(Samples.Trained(Samples.Sgd) with { Status = RunStatus.Completed }));
        Assert.Equal("3 attempts", Words.Where(Samples.Trained(Samples.Sgd) with { Status = RunStatus.Paused, Attempt = 3 }));
    }

    [Theory]
    [InlineData(null, "sgd", "sgd")]
    [InlineData("sgd", "rm3", "sgd,rm3")]
    [InlineData("sgd,rm3", "sgd", "rm3")]
    [InlineData("sgd", "sgd", null)]
    public void QueryList_Toggle_AddsOrTakesAway(string? value, string name, string? expected) => Assert.Equal(expected, QueryList.Toggle(value, name));
}
