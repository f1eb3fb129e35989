using System.Collections.Concurrent;

namespace Cgh.Trainer.Native;

/// <summary>
/// The first thread of the process, reserved for training while the command line runs on other threads. Only this thread is guaranteed
/// glibc's main arena, which <see cref="Allocator"/> configures. In other arenas, blocks are limited to 64 MB and empty heaps are released.
/// </summary>
internal static class MainThread
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private static readonly BlockingCollection<Task> s_work = [];

    /// <summary>Runs <paramref name="program"/> on other threads and processes queued work on this one. Call it on the first thread.</summary>
    /// <returns>The exit code of the program.</returns>
    public static int Serve(Func<Task<int>> program) => Serve(program, s_work, s_timeout, Environment.Exit);

    /// <param name="program">The program.</param>
    /// <param name="queue">The queued work.</param>
    /// <param name="timeout">How long work may go on after the program has ended.</param>
    /// <param name="exit">Ends the process with an exit code.</param>
    internal static int Serve(Func<Task<int>> program, BlockingCollection<Task> queue, TimeSpan timeout, Action<int> exit)
    {
        var running = Task.Run(program);
        var isIdle = new ManualResetEventSlim();
        running.ContinueWith(
            ended =>
            {
                queue.CompleteAdding();

                // The command line gives up some time after a signal: work that waits for a disk or a share may never end.
                if (!isIdle.Wait(timeout))
                {
                    exit(ended.IsCompletedSuccessfully ? ended.Result : 1);
                }
            },
            TaskScheduler.Default);
        foreach (var work in queue.GetConsumingEnumerable())
        {
            work.RunSynchronously(TaskScheduler.Default);
        }

        isIdle.Set();
        return running.GetAwaiter().GetResult();
    }

    /// <summary>Queues <paramref name="work"/> for the first thread.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var task = new Task<T>(work, TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(task);
        return task;
    }
}
