using Cgh.Dashboard.Compare;
using Xunit;

namespace Cgh.Dashboard.Tests.Compare;

public sealed class CurveMathTests
{
    [Fact]
    public void Smooth_Values_AreTheAverageWithoutTheBiasOfItsStart()
    {
        // s = 0.25 * 8 = 2, / 0.25; then 0.75 * 2 + 0.25 * 16 = 5.5, / (1 - 0.5625).
        Assert.Equal([8, 5.5 / 0.4375], CurveMath.Smooth([8, 16], 0.75), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([5, 5, 5], CurveMath.Smooth([5, 5, 5], 0.9), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Smooth_NotFinite_StaysAndDoesNotSpread() =>
        Assert.Equal([4, double.NaN, 4], CurveMath.Smooth([4, double.NaN, 4], 0.5), (a, b) => a.Equals(b) || Math.Abs(a - b) < 1e-12);

    [Fact]
    public void Mean_Curves_HasTheSampleDeviationAtTheirCommonPositions()
    {
        var mean = CurveMath.Mean([new Points([0, 1, 2], [10, 20, 30]), new Points([0, 2], [14, 36]), new Points([0, 1, 2, 3], [12, 0, 33, 50]), Points.Empty]);

        Assert.Equal([0, 2], mean.X);
        Assert.Equal([12, 33], mean.Y);
        Assert.Equal([2, 3], mean.Deviation!);
    }

    [Fact]
    public void Mean_OneCurveWithPoints_HasNoDeviation() => Assert.Null(CurveMath.Mean([new Points([0], [1]), Points.Empty]).Deviation);

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(7)]
    public void Reduce_ManyPoints_KeepsTheEndsAndEveryPeak(int max)
    {
        var y = Enumerable.Range(0, 5003).Select(i => Math.Sin(i / 9.0)).ToArray();
        (y[1234], y[4001]) = (50, -50);

        var reduced = CurveMath.Reduce(new Points([.. y.Index().Select(value => (double)value.Index)], y, [.. y]), max);

        Assert.InRange(reduced.Count, max - 2, max);
        Assert.Equal((0, 5002), (reduced.X[0], reduced.X[^1]));
        Assert.Equal((-50, 50), (reduced.Y.Min(), reduced.Y.Max()));
        Assert.Equal(reduced.X.Order(), reduced.X);
        Assert.Equal(reduced.Y, reduced.Deviation!);
        Assert.All(reduced.X.Zip(reduced.Y), point => Assert.Equal(y[(int)point.First], point.Second));
    }

    [Fact]
    public void Reduce_FewPoints_ChangesNothing()
    {
        var points = new Points([0, 1, 2], [3, 4, 5]);

        Assert.Same(points, CurveMath.Reduce(points, 3));
    }

    [Fact]
    public void Reduce_Zoomed_KeepsEveryPointThatFitsInTheWindow()
    {
        double[] x = [.. Enumerable.Range(0, 10_000)];

        var reduced = CurveMath.Reduce(new Points(x, x), 100, new Interval(500, 590));

        Assert.Equal(Enumerable.Range(499, 93).Select(i => (double)i), reduced.X.Where(position => position is >= 499 and <= 591));
        Assert.InRange(reduced.Count, 100, 150);
        Assert.Equal((0, 9_999), (reduced.X[0], reduced.X[^1]));
    }

    [Theory]
    [InlineData(-5, -1)]
    [InlineData(20_000, 30_000)]
    public void Reduce_ZoomedBesideTheCurve_KeepsItsEnds(double from, double to)
    {
        double[] x = [.. Enumerable.Range(0, 10_000)];

        var reduced = CurveMath.Reduce(new Points(x, x), 100, new Interval(from, to));

        Assert.Equal((0, 9_999), (reduced.X[0], reduced.X[^1]));
        Assert.Equal(reduced.X.Distinct(), reduced.X);
    }
}
