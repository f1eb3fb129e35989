using System.Collections.Concurrent;

namespace Cgh.Trainer.Native;

/// <summary>
/// The process's first thread, kept free for training while the command line runs on others. Only this one is sure to have glibc's
/// first arena, the one that <see cref="Allocator"/> governs; in another thread's a block ends at 64 MB and an empty heap is given back.
/// </summary>
internal static class MainThread
{
    private static readonly BlockingCollection<Task> s_work = [];

    /// <summary>Runs <paramref name="program"/> on other threads, and on this one what is sent here meanwhile. To be called from the first thread.</summary>
    /// <returns>What the program returned.</returns>
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

    /// <summary>Runs <paramref name="work"/> on the first thread, after what was sent before.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var task = new Task<T>(work, TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(task);
        return task;
    }
}
