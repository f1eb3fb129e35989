using System.Text.RegularExpressions;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>
/// Suspends trainers and attempts, which hang then but are not dead: their connections to the broker stay open, and the broker lets them hold
/// their messages for one minute.
/// </summary>
[Collection(Laboratories.Hung)]
public sealed partial class HangTests(HungServices shared) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 2);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Suspend_TrainerButNotItsAttempt_AnotherEndsTheRunOnce()
    {
        var run = await shared.SubmitAndTrainAsync("hung-trainer");
        var hung = shared.Training();
        var logged = shared.Services.Broker.Output.Length;
        hung.Signal("STOP");
        try
        {
            // By heartbeat: the broker returns the message only after its timeout, or never.
            await shared.WaitAsync(run, state => state.Attempt == 2);
            Assert.DoesNotMatch(MessageReturned(), shared.Services.Broker.Output[logged..]);
            // The first attempt continues without its service, and may even complete the run's folder.
            var ended = await shared.AssertEndsUndisturbedAsync(run);
            await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);
            Assert.Equal(2, ended.Attempt);

            hung.Signal("CONT");
            await Wait.UntilAsync(() => hung.Attempts().Count == 0, "The hung trainer's attempt did not end.");
            await AssertAllTrainAsync(shared.Trainers);

            Assert.Equal(ended, (await shared.Services.Store.FindRunAsync(run, Stop))! with { Latest = ended.Latest, Best = ended.Best, Spec = ended.Spec });
            await shared.AssertEndsUndisturbedAsync(run);
        }
        finally
        {
            hung.Signal("CONT");
        }
    }

    [Fact]
    public async Task Suspend_Attempt_ItsTrainerKillsItAndResumesTheRun()
    {
        var run = await shared.SubmitAndTrainAsync("hung-attempt");
        var trainer = shared.Training();
        var attempt = Assert.Single(trainer.Attempts());
        ChildProcess.SignalTo(attempt, "STOP");

        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.Equal(2, ended.Attempt);
        Assert.DoesNotContain(attempt, trainer.Attempts());
        Assert.Contains("sent no heartbeat for 20 seconds and was killed", trainer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HoldMessage_LongerThanTheBrokerAllows_WorkContinuesAndIsDoneOnce()
    {
        await shared.StartAsync(trainers: 0);
        // Suspended work holds its message as long as work that takes long, without the processor; this trainer does not kill it.
        await using var trainer = await shared.Services.StartTrainerAsync(
            Stop, new Dictionary<string, string?> { ["Trainer__HeartbeatTimeout"] = "00:10:00" });
        var run = await shared.SubmitAndTrainAsync("held");
        await using var idle = await shared.Services.StartTrainerAsync(Stop);
        var attempt = Assert.Single(trainer.Attempts());
        var logged = shared.Services.Broker.Output.Length;
        ChildProcess.SignalTo(attempt, "STOP");
        var other = await shared.SubmitAsync(SmallRecipe.WithLargerDataset("prepared"));
        var drawn = await FirstImageAsync();
        shared.DataPrep.Signal("STOP");
        try
        {
            await using var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop);
            if (broker.ServerVersion < new Version(4, 3))
            {
                await Wait.UntilAsync(() => MessageReturned().Count(shared.Services.Broker.Output[logged..]) >= 2, "The broker did not return both messages.");
            }

            Assert.Equal(RunStatus.Running, (await shared.Services.Store.FindRunAsync(run, Stop))!.Status);
        }
        finally
        {
            ChildProcess.SignalTo(attempt, "CONT");
            shared.DataPrep.Signal("CONT");
        }

        var ended = await shared.AssertEndsUndisturbedAsync(run);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);
        await shared.WaitAsync(new RunId(other, "rm3"), state => state.Status == RunStatus.Running);
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", other)).ExitCode);
        await AssertAllTrainAsync([trainer, idle]);

        Assert.Equal(1, ended.Attempt);
        Assert.Single(shared.Services.Folder(run).Load().Attempts);
        Assert.True(drawn == await FirstImageAsync(), $"The images were drawn again.{Environment.NewLine}{shared.DataPrep.Output}");
    }

    // When it was drawn: images that are drawn again are other files.
    private async Task<DateTime> FirstImageAsync()
    {
        var folder = Path.Combine(shared.Services.Data.Sources, SmallRecipe.LargerDatasetName);
        var image = Path.Combine("train", "class000", "class000_00000.JPEG");
        string[] places = [Path.Combine(folder, image), Path.Combine($"{folder}.part", image)];
        await Wait.UntilAsync(() => places.Any(File.Exists), "No image was drawn.");
        return File.GetLastWriteTimeUtc(places.First(File.Exists));
    }

    // A trainer that still held the ended run or its message would have no slot for another.
    private async Task AssertAllTrainAsync(IReadOnlyList<ServiceProcess> trainers)
    {
        var experiment = await shared.SubmitAsync(SmallRecipe.Text("afterwards", epochs: 1000, runs: [.. trainers.Select((_, index) => $"run-{index}")]));
        await Wait.UntilAsync(() => trainers.All(trainer => trainer.Attempts().Count == 1), "A trainer did not take another run.");
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", experiment)).ExitCode);
        await Wait.UntilAsync(() => trainers.All(trainer => trainer.Attempts().Count == 0), "A cancelled run did not end.");
    }

    [GeneratedRegex("has timed out")]
    private static partial Regex MessageReturned();
}
