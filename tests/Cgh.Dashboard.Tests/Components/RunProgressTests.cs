using Cgh.Core.Runs;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class RunProgressTests
{
    [Theory]
    [InlineData(RunStatus.Queued, "Waiting for a trainer", 0)]
    [InlineData(RunStatus.Running, "Epoch 15 of 30, 1 min 20 s left", 15.5 / 30)]
    [InlineData(RunStatus.Completed, "30 epochs, 1 h 2 min elapsed", 1)]
    [InlineData(RunStatus.Failed, "Epoch 15 of 30", 15.5 / 30)]
    [InlineData(RunStatus.Paused, "Epoch 15 of 30", 15.5 / 30)]
    public void Text_Status_SaysHowFar(RunStatus status, string text, double fraction)
    {
        var run = (status == RunStatus.Queued ? Samples.Run(Samples.Sgd) : Samples.Trained(Samples.Sgd)) with
        {
            Status = status,
            Ended = status == RunStatus.Completed ? Samples.Created.AddSeconds(3_725) : null,
        };

        Assert.Equal((text, fraction), (RunProgress.Text(run), RunProgress.Fraction(run)));
    }

    [Fact]
    public void Text_QueuedAgain_HasEpochAndWaitReason()
    {
        var run = Samples.Trained(Samples.Sgd) with { Status = RunStatus.Queued, Offered = null };

        Assert.Equal("Epoch 15 of 30. Waiting for its dataset", RunProgress.Text(run));
        Assert.Equal("Epoch 15 of 30. Waiting for a trainer", RunProgress.Text(run with { Offered = Samples.Created }));
    }
}
