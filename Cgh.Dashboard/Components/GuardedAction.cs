using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Dashboard.Live;
using MassTransit;

namespace Cgh.Dashboard.Parts;

/// <summary>Does what a button asks for and words its failure for the person who pressed it.</summary>
internal static class GuardedAction
{
    // A bus without its broker waits for it without end.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <returns>Null when it was done, else a line for the user.</returns>
    public static async Task<string?> RunAsync(Func<CancellationToken, Task> action)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            await action(timeout.Token);
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return "The services did not take it: the store or the message bus does not answer. Check that Redis and RabbitMQ run, then try again.";
        }
        catch (MassTransitException error)
        {
            return $"The message bus did not take it: {AtomicFile.FirstLine(error)} Try again in a moment.";
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            return "The run store does not answer. Try again in a moment.";
        }
    }
}
