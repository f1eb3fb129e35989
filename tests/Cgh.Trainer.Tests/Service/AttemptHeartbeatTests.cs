using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Service.Fakes;

namespace Cgh.Trainer.Tests.Service;

/// <summary>What a trainer does with a run that it holds between two attempts.</summary>
public sealed class AttemptHeartbeatTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RunCommand.Cancel, RunStatus.Cancelled)]
    [InlineData(RunCommand.Pause, RunStatus.Paused)]
    public async Task Hold_RunIsStoppedDuringALongRetryDelay_IsReleasedWithinASecond(RunCommand command, RunStatus status)
    {
        await using var trainer = new FakeTrainer(retryAfter: TimeSpan.FromMinutes(10));
        var run = await trainer.AddAsync();
        var training = trainer.TrainAsync(run);
        trainer.Attempt(1).End(RunStatus.Failed, "It failed.");
        await trainer.UntilAsync(run, state => state.Status == RunStatus.Queued);
        var stopped = trainer.Clock.GetUtcNow();

        Assert.True(await trainer.Store.CommandAsync(run, command, Stop));
        trainer.Until(() => training.IsCompleted);

        Assert.InRange(trainer.Clock.GetUtcNow() - stopped, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        var state = await trainer.FindAsync(run);
        Assert.Equal((status, false), (state.Status, state.IsHeld));
        Assert.Single(trainer.Attempts);
    }
}
