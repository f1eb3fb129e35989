using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class StageGraphTests : PageContext
{
    [Fact]
    public void Render_NoRunNeedsAnother_IsEmpty() =>
        Assert.Equal("", Render(Samples.Recipe, [Samples.Run(Samples.Sgd), Samples.Run(Samples.Rm3)]).Markup.Trim());

    [Fact]
    public void Render_FiveSeeds_HasAChainForEachWithAnArrowToEachDependent()
    {
        var graph = Render(StagedSamples.Recipe, StagedSamples.Runs(Samples.Id));

        var chains = graph.FindAll(".stage-chains > .stage");
        Assert.Equal(["short-0", "short-1", "short-2", "short-3", "short-4"], chains.Select(chain => chain.QuerySelector("a")!.GetAttribute("data-stage")));
        Assert.Equal(["split-0"], Next(graph, "short-0"));
        Assert.Equal(["easy-0", "hard-0", "random-0"], Next(graph, "split-0"));
    }

    [Fact]
    public void Render_RunsInAllStates_NamesThemAndWhatTheyWaitFor()
    {
        var graph = Render(
            StagedSamples.Recipe,
            StagedSamples.Runs(
                Samples.Id, ("short-0", RunStatus.Completed), ("split-0", RunStatus.Running), ("short-1", RunStatus.Completed), ("split-1", RunStatus.Failed)));

        Assert.Equal(("completed", "Trained to the last epoch."), State(graph, "short-0"));
        Assert.Equal(("50%", "Deriving."), State(graph, "split-0"));
        Assert.Equal(("waiting", "Waits for split-0"), State(graph, "easy-0"));
        Assert.Equal(("waiting", "Waits for split-1, which is failed"), State(graph, "easy-1"));
        Assert.Equal(("queued", "Waiting for its dataset"), State(graph, "short-2"));
    }

    private static IEnumerable<string?> Next(IRenderedComponent<StageGraph> graph, string run) =>
        graph.Find($"[data-stage={run}]").ParentElement!.QuerySelectorAll(":scope > ol > .stage > a").Select(next => next.GetAttribute("data-stage"));

    private static (string State, string? Explanation) State(IRenderedComponent<StageGraph> graph, string run) =>
        (graph.Find($"[data-stage={run}] .stage-state").TextContent, graph.Find($"[data-stage={run}]").GetAttribute("title"));

    private IRenderedComponent<StageGraph> Render(Recipe recipe, IReadOnlyList<RunState> runs) =>
        Render<StageGraph>(parameters => parameters.Add(component => component.Recipe, recipe).Add(component => component.Runs, runs));
}
