using System.Collections.Concurrent;
using Cgh.Trainer.Native;

namespace Cgh.Trainer.Tests;

public sealed class MainThreadTests
{
    private static readonly TimeSpan s_never = TimeSpan.FromMinutes(5);

    [Fact]
    public void Serve_WorkEnds_ReturnsTheProgramsExitCode()
    {
        using var queue = new BlockingCollection<Task>();
        var work = new Task<int>(() => 7, TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Add(work, TestContext.Current.CancellationToken);

        var exitCode = MainThread.Serve(() => work, queue, s_never, _ => Assert.Fail("It did not wait for the work."));

        Assert.Equal(7, exitCode);
    }

    // As when a disk hangs: the command line has given up, and the work goes on.
    [Fact]
    public void Serve_WorkOutlivesTheProgram_EndsTheProcessWithItsExitCode()
    {
        using var queue = new BlockingCollection<Task>();
        using var released = new ManualResetEventSlim();
        queue.Add(new Task(() => Assert.True(released.Wait(s_never))), TestContext.Current.CancellationToken);
        var exitCodes = new List<int>();

        MainThread.Serve(() => Task.FromResult(143), queue, TimeSpan.FromMilliseconds(1), exitCode =>
        {
            exitCodes.Add(exitCode);
            released.Set();
        });

        Assert.Equal([143], exitCodes);
    }
}
