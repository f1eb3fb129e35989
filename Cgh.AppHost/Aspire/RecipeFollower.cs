using System.Globalization;

namespace Cgh.AppHost.Aspire;

/// <summary>Shows in the terminal what the resource that runs a recipe says, and waits for its end.</summary>
internal sealed class RecipeFollower(ResourceNotificationService notifications, ResourceLoggerService logs, TextWriter output)
{
    // The last lines come over another way than the news that the process has ended.
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(2);

    /// <returns>The exit code of the recipe's process; 1 if it never started.</returns>
    public async Task<int> FollowAsync(IResource recipe, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var showing = ShowAsync(recipe, ended.Token);
        var last = await notifications.WaitForResourceAsync(recipe.Name, told => KnownResourceStates.TerminalStates.Contains(told.Snapshot.State?.Text), stop);
        ended.CancelAfter(s_lastLines);
        await showing;
        return last.Snapshot.ExitCode ?? 1;
    }

    private async Task ShowAsync(IResource recipe, CancellationToken ended)
    {
        try
        {
            await foreach (var lines in logs.WatchAsync(recipe).WithCancellation(ended))
            {
                foreach (var line in lines)
                {
                    await output.WriteLineAsync(WithoutTime(line.Content));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The recipe has ended, or the host is being stopped.
        }
    }

    // Aspire puts the time before each line.
    private static string WithoutTime(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? line[(space + 1)..] : line;
    }
}
