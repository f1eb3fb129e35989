using System.Runtime.InteropServices;
using Cgh.Core.Runs;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Charts;

public sealed class CurveCursorTests
{
    private static readonly ChartSeries s_sgd = new("sgd", new LineLook(0), Samples.Sgd, Curves.Test) { Attempt = 1 };
    private static readonly ChartSeries s_rm3 = new("rm3", new LineLook(1), Samples.Rm3, Curves.Test) { Attempt = 1 };
    private readonly MemoryRunStore _store = new() { IsFenced = false };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_RowsAppended_ReturnsOnlyTheNewOnes()
    {
        var cursor = new CurveCursor(_store);
        await AppendAsync(Samples.Sgd, 0, Samples.Row(0), Samples.Row(1));
        await ReadAsync(cursor, s_sgd, s_rm3);
        await AppendAsync(Samples.Sgd, 2, Samples.Row(2, accuracy: 40));
        _store.Readings.Clear();

        var (updates, numbers) = await ReadAsync(cursor, s_sgd, s_rm3);

        Assert.Equal([new ChartUpdate(Line: 0, Count: 1, Replace: false)], updates);
        Assert.Equal([2, 40, 4.4], numbers, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([(Samples.Sgd, Curves.Test, 2), (Samples.Rm3, Curves.Test, 0)], _store.Readings);
    }

    [Fact]
    public async Task Read_SeveralLines_ValuesAreEpochsThenPlotByPlot()
    {
        await AppendAsync(Samples.Sgd, 0, [0, 9, 4.5, 10, 20], [1, 9, 3.5, 30, 60]);
        await AppendAsync(Samples.Rm3, 0, [0, 9, 4.25, 11, 22]);

        var (updates, numbers) = await ReadAsync(new CurveCursor(_store), s_sgd, s_rm3);

        Assert.Equal([new ChartUpdate(0, 2, Replace: false), new ChartUpdate(1, 1, Replace: false)], updates);
        Assert.Equal([0, 1, 10, 30, 4.5, 3.5, 0, 11, 4.25], numbers);
    }

    [Fact]
    public async Task Read_NewAttempt_ReplacesAllRows()
    {
        var cursor = new CurveCursor(_store);
        await AppendAsync(Samples.Sgd, 0, Samples.Row(0), Samples.Row(1), Samples.Row(2));
        await ReadAsync(cursor, s_sgd);
        await _store.TrimCurvesAsync(Samples.Sgd, 2, new Dictionary<string, int> { [Curves.Test] = 1 }, Stop);

        var (updates, _) = await ReadAsync(cursor, s_sgd with { Attempt = 2 });

        Assert.Equal([new ChartUpdate(0, 1, Replace: true)], updates);
    }

    [Fact]
    public async Task Read_EndedRun_ReadsTheLastRowsOnce()
    {
        var cursor = new CurveCursor(_store);
        await AppendAsync(Samples.Sgd, 0, Samples.Row(0));
        var ended = s_sgd with { IsLive = false };

        var (updates, _) = await ReadAsync(cursor, ended);
        await ReadAsync(cursor, ended);

        Assert.Single(updates);
        Assert.Single(_store.Readings);
    }

    [Fact]
    public async Task Read_ResumedRun_ReadsFurtherRows()
    {
        var cursor = new CurveCursor(_store);
        await AppendAsync(Samples.Sgd, 0, Samples.Row(0), Samples.Row(1));
        await ReadAsync(cursor, s_sgd with { IsLive = false });
        await ReadAsync(cursor, s_sgd);
        await AppendAsync(Samples.Sgd, 2, Samples.Row(2));

        var (updates, _) = await ReadAsync(cursor, s_sgd with { Attempt = 2 });

        Assert.Equal([new ChartUpdate(0, 3, Replace: true)], updates);
    }

    [Fact]
    public async Task Read_StepsPerEpochUnknown_ReadsNothing()
    {
        var train = new ChartSeries("sgd", new LineLook(0), Samples.Sgd, Curves.Train) { IsReady = false };

        var (updates, _) = await ReadAsync(new CurveCursor(_store), train);

        Assert.Empty(updates);
        Assert.Empty(_store.Readings);
    }

    [Fact]
    public void Epoch_RowWithinAnEpoch_IsFractional()
    {
        var train = new ChartSeries("sgd", new LineLook(0), Samples.Sgd, Curves.Train) { StepsPerEpoch = 200 };

        Assert.Equal(3.25, train.Epoch([3, 50, 20, 1.5]));
        Assert.Equal(3, s_sgd.Epoch([3, 50, 20, 1.5]));
    }

    private async Task<(IReadOnlyList<ChartUpdate> Updates, double[] Numbers)> ReadAsync(CurveCursor cursor, params ChartSeries[] lines)
    {
        var (updates, bytes) = await cursor.ReadAsync(lines, AccuracyMetric.Top1.Panels, Stop);
        return (updates, MemoryMarshal.Cast<byte, double>(bytes).ToArray());
    }

    private Task AppendAsync(RunId run, int first, params double[][] rows) => _store.AppendRowsAsync(run, 1, Curves.Test, first, rows, Stop);
}
