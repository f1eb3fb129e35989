using System.Runtime.ExceptionServices;

namespace Cgh.DataPrep;

/// <summary>Work on all cores.</summary>
internal static class Parallelism
{
    /// <summary>
    /// Calls <paramref name="body"/> for 0 to <paramref name="count"/> - 1, on all cores. The first failure ends the loop and
    /// is thrown as it is, not wrapped: it may be the one line that the user is to see.
    /// </summary>
    public static void For(int count, CancellationToken cancellationToken, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, body);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        // The last calls may have been under way already when it was cancelled.
        cancellationToken.ThrowIfCancellationRequested();
    }
}
