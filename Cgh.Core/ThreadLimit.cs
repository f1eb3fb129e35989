namespace Cgh.Core;

/// <summary>
/// Whether the process may start threads. The runtime starts its own when they are first needed: with a low limit that fails anywhere and may end the
/// process.
/// </summary>
internal static class ThreadLimit
{
    // The runtime, its console and a connection need fewer.
    private const int Needed = 16;

    /// <summary>The error if the process cannot start that many threads at once; else null.</summary>
    public static string? Failure()
    {
        using var tried = new ManualResetEventSlim();
        var threads = new List<Thread>();
        try
        {
            while (threads.Count < Needed)
            {
                var thread = new Thread(tried.Wait, maxStackSize: 128 * 1024) { IsBackground = true };
                thread.Start();
                threads.Add(thread);
            }

            return null;
        }
        catch (OutOfMemoryException)
        {
            return $"This process may start only {threads.Count} more threads, and {Needed} are needed. "
                + "Raise the limit of processes, such as with: ulimit -u 4096";
        }
        finally
        {
            tried.Set();
            threads.ForEach(thread => thread.Join());
        }
    }
}
