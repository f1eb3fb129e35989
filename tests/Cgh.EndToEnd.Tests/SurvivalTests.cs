using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Kills processes during a run and checks that its result is unchanged.</summary>
[Collection(Laboratories.Killed)]
public sealed class SurvivalTests(SharedServices shared) : IAsyncLifetime
{
    // The documented maximum from the death of a trainer to the next attempt's first step.
    private static readonly TimeSpan s_resumedWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 2);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_Trainer_AnotherResumesFromTheCheckpoint(bool withItsAttempt)
    {
        var run = await shared.SubmitAndTrainAsync("killed");
        var trainer = shared.Training();
        var killed = Stopwatch.GetTimestamp();
        await (withItsAttempt ? trainer.KillWithAttemptsAsync() : trainer.KillAsync());

        await shared.WaitAsync(run, state => state is { Attempt: 2, Status: RunStatus.Running, ImagesPerSecond: > 0 } or { Status: RunStatus.Completed });
        var resumed = Stopwatch.GetElapsedTime(killed);
        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.True(resumed < s_resumedWithin, $"Another trainer resumed the run only after {resumed}.");
        Assert.Equal(2, ended.Attempt);
        Assert.True(shared.Services.Folder(run).Load().Attempts[1].FromStep > 0);
    }

    [Fact]
    public async Task Kill_Attempt_ItsTrainerResumesFromTheCheckpoint()
    {
        var run = await shared.SubmitAndTrainAsync("killed-attempt");
        ChildProcess.SignalTo(Assert.Single(shared.Training().Attempts()), "KILL");

        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.Equal(2, ended.Attempt);
    }

    [Fact]
    public async Task Terminate_Trainer_AnotherContinuesTheRun()
    {
        var run = await shared.SubmitAndTrainAsync("terminated");
        var trainer = shared.Training();

        await trainer.TerminateAsync(Stop);
        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.Equal(2, ended.Attempt);
        var attempts = shared.Services.Folder(run).Load().Attempts;
        Assert.Equal([RunStatus.Interrupted, RunStatus.Completed], attempts.Select(attempt => attempt.Status));
        // No work was lost: the attempt wrote a checkpoint on shutdown.
        Assert.True(attempts[1].FromStep > 20);
    }

    [Fact]
    public async Task Suspend_TrainerThatComesBack_WritesNothingMore()
    {
        var run = await shared.SubmitAndTrainAsync("hung");
        var trainer = shared.Training();
        trainer.SignalWithAttempts("STOP");
        try
        {
            var ended = await shared.AssertEndsUndisturbedAsync(run);
            Assert.Equal(2, ended.Attempt);
            var before = Digest(shared.Services.Folder(run));

            trainer.SignalWithAttempts("CONT");
            await Wait.UntilAsync(() => trainer.Attempts().Count == 0, "The attempt did not end.");

            Assert.Equal(before, Digest(shared.Services.Folder(run)));
            Assert.Equal(ended, (await shared.Services.Store.FindRunAsync(run, Stop))! with { Latest = ended.Latest, Best = ended.Best, Spec = ended.Spec });
            await shared.AssertEndsUndisturbedAsync(run);
        }
        finally
        {
            trainer.SignalWithAttempts("CONT");
        }
    }

    [Fact]
    public async Task Restart_Broker_AttemptContinuesAndIsTheOnlyOne()
    {
        var run = await shared.SubmitAndTrainAsync("broker-restart");

        await shared.Services.Broker.StopAsync();
        await shared.Services.Broker.StartAgainAsync(Stop);
        await shared.AssertEndsUndisturbedAsync(run);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);

        Assert.Single(shared.Services.Folder(run).Load().Attempts);
    }

    [Fact]
    public async Task Kill_Broker_RunThatEndsMeanwhileIsCompleted()
    {
        var run = await shared.SubmitAndTrainAsync("broker-killed");
        var trainer = shared.Training();

        await shared.Services.Broker.KillAsync();
        try
        {
            await Wait.UntilAsync(() => shared.Services.Folder(run).Load().Status == RunStatus.Completed, "The run did not complete.");
            // Alive, but disconnected.
            await trainer.WaitUntilHealthIsAsync(HttpStatusCode.ServiceUnavailable, Stop);
        }
        finally
        {
            // The other tests of this class need it.
            await shared.Services.Broker.StartAgainAsync(Stop);
        }

        await trainer.WaitUntilHealthyAsync(Stop);
        await shared.AssertEndsUndisturbedAsync(run);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);

        Assert.Single(shared.Services.Folder(run).Load().Attempts);
        Assert.True(File.Exists(shared.Services.Experiment(run.Experiment).Report));
    }

    [Fact]
    public async Task Kill_Redis_AttemptContinuesAndTheStoreCatchesUp()
    {
        var run = await shared.SubmitAndTrainAsync("redis-killed");

        await shared.Services.Redis.KillAsync();
        var evaluated = shared.Services.Folder(run).ReadCurve(Curves.Test).Count;
        await Wait.UntilAsync(() => shared.Services.Folder(run).ReadCurve(Curves.Test).Count >= evaluated + 4, "The attempt did not continue.");
        await shared.Services.Redis.StartAgainAsync(Stop);
        await shared.AssertEndsUndisturbedAsync(run);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);

        Assert.Single(shared.Services.Folder(run).Load().Attempts);
    }

    [Fact]
    public async Task Flush_Redis_RunningAndQueuedRunsAllComplete()
    {
        var experiment = await shared.SubmitAsync(SmallRecipe.Text("flushed", runs: ["first", "second", "third"]));
        await shared.WaitAsync(new RunId(experiment, "first"), state => state.Step > 20);

        await shared.Services.FlushAsync();
        await shared.AssertEndsUndisturbedAsync(new RunId(experiment, "first"));
        await shared.AssertEndsUndisturbedAsync(new RunId(experiment, "second"));
        await shared.AssertEndsUndisturbedAsync(new RunId(experiment, "third"));
        await shared.WaitForExperimentAsync(experiment, ExperimentStatus.Completed);

        Assert.All(shared.Services.Experiment(experiment).Runs(), run => Assert.Single(run.Load().Attempts));
    }

    [Fact]
    public async Task Move_RunFoldersAwayAndBack_RunContinues()
    {
        var run = await shared.SubmitAndTrainAsync("vanished");
        var away = shared.Services.Data.Experiments + ".away";

        Directory.Move(shared.Services.Data.Experiments, away);
        // No event signals that a folder is not created, so wait twice the longest poll interval of the services.
        await Task.Delay(TimeSpan.FromSeconds(4), Stop);
        Assert.False(Directory.Exists(shared.Services.Data.Experiments), "A service recreated the experiments folder.");
        Directory.Move(away, shared.Services.Data.Experiments);

        await shared.AssertEndsUndisturbedAsync(run);
    }

    private static string Digest(RunFolder folder) => string.Join(
        Environment.NewLine,
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Where(file => file != folder.Lock)
            .Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}"));
}
