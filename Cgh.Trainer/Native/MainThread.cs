using System.Collections.Concurrent;

namespace Cgh.Trainer.Native;

/// <summary>
/// The first thread of the process, reserved for training while the command line runs on other threads. Only this thread is guaranteed
/// glibc's main arena, which <see cref="Allocator"/> configures. In other arenas, blocks are limited to 64 MB and empty heaps are released.
/// </summary>
internal static class MainThread
{
    private static readonly BlockingCollection<Task> s_work = [];

    /// <summary>Runs <paramref name="program"/> on other threads and processes queued work on this one. Call it on the first thread.</summary>
    /// <returns>The exit code of the program.</returns>
    public static int Serve(Func<Task<int>> program)
    {
        var running = Task.Run(program);
        running.ContinueWith(_ => s_work.CompleteAdding(), TaskScheduler.Default);
        foreach (var work in s_work.GetConsumingEnumerable())
        {
            work.RunSynchronously(TaskScheduler.Default);
        }

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
