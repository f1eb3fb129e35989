using Cgh.Images;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class MemoryBudgetTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_ManyThreads_NeverExceedsTheBudget()
    {
        var budget = new MemoryBudget(100);
        var (used, most) = (0L, 0L);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(thread => Task.Run(
            () =>
            {
                var random = new Random(thread);
                for (var i = 0; i < 500; i++)
                {
                    var bytes = random.Next(1, 120);
                    using var share = budget.Take(bytes);
                    var now = Interlocked.Add(ref used, Math.Min(bytes, 100));
                    InterlockedMax(ref most, now);
                    Thread.Yield();
                    Interlocked.Add(ref used, -Math.Min(bytes, 100));
                }
            },
            Stop)));

        Assert.InRange(most, 1, 100);
        Assert.Equal(0, used);
    }

    [Fact]
    public async Task Take_MoreThanTheBudget_RunsAlone()
    {
        var budget = new MemoryBudget(100);
        var small = budget.Take(1);

        var large = Task.Run(() => budget.Take(1000), Stop);
        await WaitingAsync(budget, count: 1);
        Assert.False(large.IsCompleted);
        small.Dispose();

        (await large.WaitAsync(Stop)).Dispose();
        budget.Take(100).Dispose();
    }

    [Fact]
    public async Task Take_SmallAfterALargeThatWaits_WaitsForItsTurn()
    {
        var budget = new MemoryBudget(100);
        var held = budget.Take(50);
        var large = Task.Run(() => budget.Take(80), Stop);
        await WaitingAsync(budget, count: 1);

        var small = Task.Run(() => budget.Take(10), Stop);
        await WaitingAsync(budget, count: 2);
        Assert.False(small.IsCompleted);
        held.Dispose();

        (await large.WaitAsync(Stop)).Dispose();
        (await small.WaitAsync(Stop)).Dispose();
    }

    [Fact]
    public void Take_Nothing_DoesNotWait()
    {
        var budget = new MemoryBudget(100);
        using var all = budget.Take(100);

        budget.Take(0).Dispose();
    }

    private static async Task WaitingAsync(MemoryBudget budget, int count)
    {
        while (budget.Waiting < count)
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Delay(1, Stop);
        }
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Interlocked.Read(ref target); value > seen; seen = Interlocked.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
