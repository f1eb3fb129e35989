using System.Diagnostics;
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
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 2);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Suspend_TrainerButNotItsAttempt_AnotherEndsTheRunOnce()
    {
        var run = await shared.SubmitAndTrainAsync("hung-trainer");
        var hung = shared.Training();
        hung.Signal("STOP");
        try
        {
            var began = Stopwatch.GetTimestamp();
            // The attempt goes on, unseen, and may even finish the run's folder.
            var ended = await shared.AssertEndsUndisturbedAsync(run);
            await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);
            var took = Stopwatch.GetElapsedTime(began);

            Assert.Equal(2, ended.Attempt);
            // By heartbeat: the broker returns the message only after its timeout, or never.
            Assert.True(took < TimeSpan.FromMinutes(1), $"Another trainer ended the run only after {took}.");
            Assert.DoesNotMatch(MessageReturned(), shared.Services.Broker.Output);

            hung.Signal("CONT");
            await WaitAsync(() => hung.Attempts().Count == 0, "The hung trainer's attempt did not end.");
            await AssertAllTrainAsync(shared.Trainers);

            Assert.Equal(ended, (await shared.Services.Store.FindRunAsync(run, Stop))! with { Latest = ended.Latest, Spec = ended.Spec });
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
    public async Task HoldMessage_LongerThanTheBrokerAllows_AttemptContinuesAndIsTheOnlyOne()
    {
        await shared.StartAsync(trainers: 0);
        // It lets its attempt hang, which takes as long as training would, without the processor.
        await using var trainer = await shared.Services.StartTrainerAsync(
            Stop, new Dictionary<string, string?> { ["Trainer__HeartbeatTimeout"] = "00:10:00" });
        var run = await shared.SubmitAndTrainAsync("held");
        await using var idle = await shared.Services.StartTrainerAsync(Stop);
        var attempt = Assert.Single(trainer.Attempts());
        ChildProcess.SignalTo(attempt, "STOP");
        try
        {
            await using var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop);
            if (broker.ServerVersion < new Version(4, 3))
            {
                await WaitAsync(() => MessageReturned().IsMatch(shared.Services.Broker.Output), "The broker did not return the message.");
            }

            Assert.Equal(RunStatus.Running, (await shared.Services.Store.FindRunAsync(run, Stop))!.Status);
        }
        finally
        {
            ChildProcess.SignalTo(attempt, "CONT");
        }

        var ended = await shared.AssertEndsUndisturbedAsync(run);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);
        await AssertAllTrainAsync([trainer, idle]);

        Assert.Equal(1, ended.Attempt);
        Assert.Single(shared.Services.Folder(run).Load().Attempts);
    }

    // A trainer that still held the ended run or its message would have no slot for another.
    private async Task AssertAllTrainAsync(IReadOnlyList<ServiceProcess> trainers)
    {
        var experiment = await shared.SubmitAsync(SmallRecipe.Text("afterwards", epochs: 1000, runs: [.. trainers.Select((_, index) => $"run-{index}")]));
        await WaitAsync(() => trainers.All(trainer => trainer.Attempts().Count == 1), "A trainer did not take another run.");
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", experiment)).ExitCode);
        await WaitAsync(() => trainers.All(trainer => trainer.Attempts().Count == 0), "A cancelled run did not end.");
    }

    private static async Task WaitAsync(Func<bool> holds, string otherwise)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; !holds(); await Task.Delay(50, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, otherwise);
        }
    }

    [GeneratedRegex("has timed out")]
    private static partial Regex MessageReturned();
}
