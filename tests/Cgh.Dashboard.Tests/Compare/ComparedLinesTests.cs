using Cgh.Core.Store;
using Cgh.Dashboard.Compare;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Compare;

public sealed class ComparedLinesTests
{
    private readonly IReadOnlyList<RunState> _runs = CompareSamples.Experiment("grid", seeds: 3, "sgd", "rm3").Runs;

    [Fact]
    public void Of_NoGroup_HasALineForEachRun()
    {
        var lines = ComparedLines.Of(_runs, []).Lines;

        Assert.Equal(["sgd-0", "sgd-1", "sgd-2", "rm3-0", "rm3-1", "rm3-2"], lines.Select(line => line.Name));
        Assert.Equal(6, lines.Select(line => line.Look).Distinct().Count());
    }

    [Fact]
    public void Of_TwoExperiments_NamesTheirRunsInFull() =>
        Assert.Equal(
            ["grid/sgd-0", "other/sgd-0"],
            ComparedLines.Of([_runs[0], _runs[0] with { Id = new("other", "sgd-0") }], []).Lines.Select(line => line.Name));

    [Fact]
    public void Of_GroupedByRule_FoldsTheSeeds()
    {
        var lines = ComparedLines.Of(_runs, ["rule"]);

        Assert.Null(lines.Refusal);
        Assert.Equal([("SGD", 3), ("RM3", 3)], lines.Lines.Select(line => (line.Name, line.Seeds)));
    }

    [Fact]
    public void Of_GroupWithOtherDifferences_RefusesAndNamesTheKeys()
    {
        var runs = _runs.Select(run => run.Id.Name == "rm3-2" ? run with { Spec = run.Spec with { BatchSize = 40, LearningRate = 0.08 } } : run).ToList();

        var lines = ComparedLines.Of(runs, ["rule"]);

        Assert.Equal("The runs of 'RM3' are not folded into one line because they differ in batchSize and learningRate, not only in the seed.", lines.Refusal);
        Assert.Equal(6, lines.Lines.Count);
        // What the page offers instead works.
        Assert.Equal(["batchSize", "learningRate"], lines.Missing);
        Assert.Equal(
            ["SGD · batchSize 20 · learningRate 0.04", "RM3 · batchSize 20 · learningRate 0.04", "RM3 · batchSize 40 · learningRate 0.08"],
            ComparedLines.Of(runs, ["rule", .. lines.Missing]).Lines.Select(line => line.Name));
    }

    [Fact]
    public void Of_KeyThatOneSpecLeavesOut_IsADifference()
    {
        var runs = _runs.Select(run => run.Id.Name == "rm3-2" ? run with { Spec = run.Spec with { CoherenceEvery = 1 } } : run).ToList();

        Assert.Equal(["coherenceEvery"], ComparedLines.Of(runs, ["rule"]).Missing);
        Assert.Equal(
            ["SGD · coherenceEvery default", "RM3 · coherenceEvery default", "RM3 · coherenceEvery 1"],
            ComparedLines.Of(runs, ["rule", "coherenceEvery"]).Lines.Select(line => line.Name));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("name")]
    public void Of_KeyOfNoSpec_SaysSo(string key)
    {
        var lines = ComparedLines.Of(_runs, [key]);

        Assert.Equal($"Runs cannot be grouped by '{key}': no spec has this key. Select another.", lines.Refusal);
        Assert.Equal(6, lines.Lines.Count);
    }

    [Fact]
    public void Of_RepeatedRun_CountsAsARunButNotAsASeed()
    {
        var lines = ComparedLines.Of([_runs[0], _runs[0] with { Id = new("again", "sgd-0") }], ["rule"]).Lines;

        Assert.Equal((2, 1), (lines[0].Runs.Count, lines[0].Seeds));
    }
}
