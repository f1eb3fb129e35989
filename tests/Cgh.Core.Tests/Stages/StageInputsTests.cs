using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Xunit;

namespace Cgh.Core.Tests.Stages;

public sealed class StageInputsTests
{
    private static readonly Recipe s_recipe = new()
    {
        Name = "r",
        Dataset = new DatasetRequest { Name = "/images/d" },
        Runs =
        [
            Spec("short"),
            Spec("split") with { Derive = new StageSpec { From = "short", Train = 2, Test = 1 } },
            Spec("easy") with { Dataset = "split/easy" },
        ],
    };

    // Statuses of short, split and easy; then how easy and split count, and what easy waits for.
    [Theory]
    [InlineData(RunStatus.Queued, RunStatus.Queued, RunStatus.Queued, RunStatus.Queued, "split")]
    [InlineData(RunStatus.Running, RunStatus.Queued, RunStatus.Queued, RunStatus.Queued, "split")]
    [InlineData(RunStatus.Completed, RunStatus.Running, RunStatus.Queued, RunStatus.Queued, "split")]
    [InlineData(RunStatus.Completed, RunStatus.Completed, RunStatus.Queued, RunStatus.Queued, null)]
    [InlineData(RunStatus.Completed, RunStatus.Completed, RunStatus.Running, RunStatus.Running, null)]
    [InlineData(RunStatus.Failed, RunStatus.Queued, RunStatus.Queued, RunStatus.Interrupted, "split")]
    [InlineData(RunStatus.Paused, RunStatus.Queued, RunStatus.Queued, RunStatus.Interrupted, "split")]
    [InlineData(RunStatus.Completed, RunStatus.Failed, RunStatus.Queued, RunStatus.Interrupted, "split")]
    [InlineData(RunStatus.Completed, RunStatus.Parked, RunStatus.Queued, RunStatus.Interrupted, "split")]
    [InlineData(RunStatus.Completed, RunStatus.Cancelled, RunStatus.Paused, RunStatus.Paused, null)]
    public void Status_RunThatNeedsAStage_DependsOnTheChain(RunStatus first, RunStatus stage, RunStatus run, RunStatus counts, string? waitsFor)
    {
        RunState[] runs = [State(0, first), State(1, stage), State(2, run)];

        Assert.Equal(counts, StageInputs.Status(runs[2], s_recipe, runs));
        Assert.Equal(waitsFor, StageInputs.WaitsFor(runs[2], s_recipe, runs)?.Id.Name);
        Assert.Equal(first, StageInputs.Status(runs[0], s_recipe, runs));
    }

    [Fact]
    public void Reference_DatasetOfTheRecipeWithASlash_IsNone() => Assert.Null(StageInputs.Reference(s_recipe.Runs[0], s_recipe));

    private static RunSpec Spec(string name) => new() { Name = name, Dataset = "/images/d" };

    private static RunState State(int run, RunStatus status) => new()
    {
        Id = new RunId("e", s_recipe.Runs[run].Name),
        Spec = s_recipe.Runs[run],
        Status = status,
        Queued = DateTimeOffset.UnixEpoch,
    };
}
