using Cgh.Core.Runs;
using Cgh.Dashboard.Compare;
using Cgh.Dashboard.Components;
using Xunit;

namespace Cgh.Dashboard.Tests.Compare;

public sealed class CompareQueryTests
{
    [Fact]
    public void Parse_Everything_IsRead()
    {
        var query = Parse(("x", "step"), ("show", "loss,plane"), ("top", "5"), ("group", "rule,noise"), ("smooth", "0.6"), ("log", "x,loss"), ("at", "10"));

        Assert.Equal(
            (CompareAxis.Step, AccuracyMetric.Top5, 0.6, true, true, 10),
            (query.Axis, query.Metric, query.Smoothing, query.LogX, query.LogLoss, query.At));
        Assert.Equal(["loss", "plane"], query.Show.Order());
        Assert.Equal(["rule", "labels"], query.Group);
    }

    [Fact]
    public void Parse_Nonsense_HasTheDefaults()
    {
        var query = Parse(("x", "y"), ("show", "none"), ("smooth", "-1"), ("at", "x"), ("zoom", "x:2;acc:b,c;loss:3,1;x:1,NaN;:"));

        Assert.Equal((CompareAxis.Epoch, 0, (int?)null), (query.Axis, query.Smoothing, query.At));
        Assert.Equal(new CompareQuery().Show.Order(), query.Show.Order());
        Assert.Empty(query.Zoom);
        Assert.Equal(CompareQuery.MaxSmoothing, Parse(("smooth", "7")).Smoothing);
    }

    [Fact]
    public void ZoomText_Zoom_IsReadBack()
    {
        const string Text = "acc:20.5,80;x:-0.25,1e-05";

        Assert.Equal("acc:20.5,80;x:2,6", CompareQuery.ZoomText(Parse(("zoom", "x:2,6;acc:20.5,80")).Zoom));
        Assert.Null(CompareQuery.ZoomText([]));
        Assert.Equal(Text, CompareQuery.ZoomText(Parse(("zoom", Text.Replace("1e-05", "0.00001", StringComparison.Ordinal))).Zoom)?.ToLowerInvariant());
    }

    [Theory]
    [InlineData("grid", "grid", "")]
    [InlineData("grid/sgd", "grid", "sgd")]
    [InlineData("grid/sgd,rm3", "grid", "sgd rm3")]
    public void Selection_Text_IsAnExperimentAndItsRuns(string text, string experiment, string names)
    {
        var selection = RunSelection.Parse(text);

        Assert.Equal((experiment, names), (selection.Experiment, string.Join(' ', selection.Names)));
        Assert.Equal(text, selection.ToString());
    }

    [Fact]
    public void Url_RunsOfTwoExperiments_NamesEachExperimentOnce() =>
        Assert.Equal(
            "compare?run=a/sgd,rm3&run=b/sgd",
            PageUrls.Compare([new RunId("a", "sgd"), new RunId("b", "sgd"), new RunId("a", "rm3")]));

    private static CompareQuery Parse(params (string Key, string Value)[] values) =>
        CompareQuery.Parse(key => values.FirstOrDefault(value => value.Key == key).Value);
}
