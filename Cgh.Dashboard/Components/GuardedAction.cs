using Cgh.Core;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Dashboard.Components;

/// <summary>Runs a button's action and turns its failure into an error line.</summary>
internal static class GuardedAction
{
    // MassTransit waits indefinitely for a broker that is down.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <returns>Null on success, else the error line.</returns>
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
            return error.Message.Visible();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return "Timed out: the run store or the message bus is not responding. Check that Redis and RabbitMQ are running, then try again.";
        }
        catch (MassTransitException error)
        {
            return $"The message bus rejected the command: {UserText.FirstLine(error)} Try again in a moment.";
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            return $"{RunStoreFault.Describe(error)} Try again in a moment.";
        }
    }
}
