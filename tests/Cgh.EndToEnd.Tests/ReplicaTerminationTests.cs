using System.Diagnostics;
using System.Globalization;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>
/// Terminates a trainer as Azure Container Apps do when they remove a replica: SIGTERM, then SIGKILL. Replicas with a GPU were reported to be killed 60
/// to 80 seconds after SIGTERM, whatever grace period is set.
/// </summary>
[Collection(Laboratories.Killed)]
public sealed class ReplicaTerminationTests(SharedServices shared) : IAsyncLifetime
{
    private static readonly TimeSpan s_killedAfter = TimeSpan.FromSeconds(60);

    // Documented in docs/queue.md and docs/azure.md.
    private static readonly TimeSpan s_handedBackWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The only trainer, so that the run stays in the queue.
    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 1);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Terminate_Replica_RunIsHandedBackInTimeWithItsLastStep()
    {
        var run = await shared.SubmitAndTrainAsync("replica");
        var step = (await shared.Services.Store.FindRunAsync(run, Stop))!.Step;

        await TerminateAsync(run, shared.Training());

        var checkpoint = NewestCheckpoint(run);
        Assert.True(checkpoint >= step, $"The run had trained {step} steps, but its checkpoint has {checkpoint}.");
        Assert.Equal(RunStatus.Interrupted, Assert.Single(shared.Services.Folder(run).Load().Attempts).Status);
        await AssertAnotherTrainerContinuesAsync(run, checkpoint);
    }

    [Fact]
    public async Task Terminate_ReplicaWhoseAttemptDoesNotStop_RunIsHandedBackInTimeWithItsLastCheckpoint()
    {
        var run = await shared.SubmitAndTrainAsync("stuck-replica");
        await Wait.UntilAsync(() => NewestCheckpoint(run) > 0, "No checkpoint was written.");
        var trainer = shared.Training();
        // As during a step, or a write to a slow share, that takes longer than the trainer waits.
        ChildProcess.SignalTo(Assert.Single(trainer.Attempts()), "STOP");

        await TerminateAsync(run, trainer);

        await AssertAnotherTrainerContinuesAsync(run, NewestCheckpoint(run));
    }

    private async Task TerminateAsync(RunId run, ServiceProcess trainer)
    {
        await using var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop);
        var terminated = Stopwatch.GetTimestamp();
        var ended = trainer.TerminateThenKillAsync(s_killedAfter, Stop);

        await Wait.UntilAsync(
            async () => (await shared.Services.Store.FindRunAsync(run, Stop))!.Status == RunStatus.Queued
                && await broker.WaitingAsync(Queues.StartRun, Stop) == 1,
            "The run was not handed back.");
        var handedBack = Stopwatch.GetElapsedTime(terminated);
        Assert.True(await ended, $"The trainer had to be killed. {trainer.Output}");

        var exited = Stopwatch.GetElapsedTime(terminated);
        TestContext.Current.TestOutputHelper!.WriteLine($"Handed back after {handedBack.TotalSeconds:0.0} s, exited after {exited.TotalSeconds:0.0} s.");
        Assert.True(handedBack < s_handedBackWithin, $"The run was handed back only after {handedBack}.");
    }

    private async Task AssertAnotherTrainerContinuesAsync(RunId run, long checkpoint)
    {
        await shared.StartAsync(trainers: 1);
        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.Equal(2, ended.Attempt);
        Assert.Equal(checkpoint, shared.Services.Folder(run).Load().Attempts[1].FromStep);
    }

    private long NewestCheckpoint(RunId run) => Directory.Exists(shared.Services.Folder(run).Checkpoints)
        ? Directory.GetFiles(shared.Services.Folder(run).Checkpoints, "step-*.safetensors")
            .Select(file => long.Parse(Path.GetFileNameWithoutExtension(file)["step-".Length..], CultureInfo.InvariantCulture))
            .DefaultIfEmpty()
            .Max()
        : 0;
}
