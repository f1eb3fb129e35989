using System.Runtime.ExceptionServices;

namespace Cgh.DataPrep;

/// <summary>Parallel loops.</summary>
internal static class Parallelism
{
    /// <summary>
    /// Calls <paramref name="body"/> for 0 to <paramref name="count"/> - 1 on all cores. The first exception ends the loop and is thrown
    /// without an AggregateException around it, because it can be a <see cref="Core.UserErrorException"/>.
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

        // Parallel.For does not throw if it is cancelled during the last calls.
        cancellationToken.ThrowIfCancellationRequested();
    }
}
