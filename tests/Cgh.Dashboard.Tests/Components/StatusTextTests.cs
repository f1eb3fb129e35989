using Cgh.Core.Runs;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class StatusTextTests
{
    [Theory]
    [InlineData(RunStatus.Failed, 1, "No disk.")]
    [InlineData(RunStatus.Queued, 1, "Retrying after 1 failed attempt. Last error: No disk.")]
    [InlineData(RunStatus.Queued, 2, "Retrying after 2 failed attempts. Last error: No disk.")]
    [InlineData(RunStatus.Parked, 3, "Parked after 3 failed attempts in a row. Last error: No disk.")]
    [InlineData(RunStatus.Parked, 0, "Parked after failed attempts in a row. Last error: No disk.")]
    public void Error_RunWithError_SaysWhatFollows(RunStatus status, int failures, string expected) =>
        Assert.Equal(expected, StatusText.Error(Samples.Trained(Samples.Sgd) with { Status = status, Failures = failures, Error = "No disk." }));

    [Fact]
    public void Location_RunningRun_NamesMachineAndAttempt()
    {
        Assert.Null(StatusText.Location(Samples.Run(Samples.Sgd)));
        Assert.Equal("bench-7, attempt 1", StatusText.Location(Samples.Trained(Samples.Sgd)));
        Assert.Null(StatusText.Location(Samples.Trained(Samples.Sgd) with { Status = RunStatus.Completed }));
        Assert.Equal("3 attempts", StatusText.Location(Samples.Trained(Samples.Sgd) with { Status = RunStatus.Paused, Attempt = 3 }));
    }
}
