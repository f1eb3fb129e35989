using Bunit;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class EasyHardTableTests : PageContext
{
    [Fact]
    public void Render_NoSubsets_IsEmpty() => Assert.Equal("", Render([Samples.Run(Samples.Sgd)]).Markup.Trim());

    [Fact]
    public void Render_RunsOnSubsets_ShowsTheGapsSoFarAndTheOrderOfCompleteSeeds()
    {
        var runs = StagedSamples.Runs(
            Samples.Id, ("easy-0", RunStatus.Completed), ("random-0", RunStatus.Completed), ("hard-0", RunStatus.Completed), ("easy-1", RunStatus.Running));
        var table = Render([.. runs.Select(run => run.Id.Name switch
        {
            "easy-0" or "easy-1" => With(run, test: 90),
            "random-0" => With(run, test: 60.5),
            "hard-0" => With(run, test: 20),
            _ => run,
        })]);

        Assert.Equal(["0", "+10.0", "+39.5", "+80.0", "yes"], Row(table, 0));
        Assert.Equal(["1", "+10.0", "–", "–", "not complete"], Row(table, 1));

        // What a narrow window shows before each value.
        Assert.Equal(
            ["Seed", "easy", "random", "hard", "easy < random < hard"],
            table.FindAll("tr[data-seed='0'] > *").Select(cell => cell.GetAttribute("data-label")));
    }

    private static string[] Row(IRenderedComponent<EasyHardTable> table, int seed) =>
        [.. table.FindAll($"tr[data-seed='{seed}'] > *").Select(cell => cell.TextContent.Trim())];

    private static RunState With(RunState run, double test) => run with
    {
        Latest = new Dictionary<string, EvaluationResult>
        {
            [Curves.TrainSample] = new(100, 0, 100, 100),
            [Curves.Test] = new(100, 1, test, 100),
        },
    };

    private IRenderedComponent<EasyHardTable> Render(IReadOnlyList<RunState> runs) => Render<EasyHardTable>(table => table.Add(shown => shown.Runs, runs));
}
