using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class ExperimentStatusTests
{
    [Theory]
    [InlineData(ExperimentStatus.Completed, null, RunStatus.Completed, RunStatus.Completed)]
    [InlineData(ExperimentStatus.Interrupted, "2 of 2 runs did not complete.", RunStatus.Cancelled, RunStatus.Cancelled)]
    [InlineData(ExperimentStatus.Interrupted, "1 of 2 runs did not complete.", RunStatus.Completed, RunStatus.Paused)]
    [InlineData(ExperimentStatus.Interrupted, "1 of 2 runs did not complete.", RunStatus.Completed, RunStatus.Interrupted)]
    [InlineData(ExperimentStatus.Failed, "1 of 2 runs did not complete.", RunStatus.Failed, RunStatus.Completed)]
    [InlineData(ExperimentStatus.Failed, "2 of 2 runs did not complete.", RunStatus.Cancelled, RunStatus.Parked)]
    public void Outcome_EndedRuns_IsFailedOnlyIfARunFailed(ExperimentStatus status, string? error, params RunStatus[] runs) =>
        Assert.Equal((status, error), ExperimentStatusExtensions.Outcome(runs));
}
