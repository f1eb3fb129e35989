using System.Globalization;

namespace Cgh.AppHost.Aspire;

/// <summary>Shows in the terminal what the resource that runs a recipe says, and waits for its end.</summary>
internal sealed class RecipeFollower(ResourceNotificationService notifications, ResourceLoggerService logs, TextWriter output)
{
    // The last lines come over another way than the news that the process has ended.
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(2);

    /// <returns>The exit code of the recipe's process; 1 if it never started, or cannot because what it waits for has ended.</returns>
    public async Task<int> FollowAsync(IResource recipe, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var showing = ShowAsync(recipe, ended.Token);
        var code = await EndAsync(recipe, stop);
        ended.CancelAfter(s_lastLines);
        await showing;
        return code;
    }

    private async Task<int> EndAsync(IResource recipe, CancellationToken stop)
    {
        var needed = new HashSet<IResource>();
        Collect(recipe);
        var said = new HashSet<string>();
        var started = false;
        await foreach (var told in notifications.WatchAsync(stop))
        {
            var over = KnownResourceStates.TerminalStates.Contains(told.Snapshot.State?.Text);
            if (told.Resource == recipe)
            {
                started |= told.Snapshot.State?.Text == KnownResourceStates.Running;
                if (over)
                {
                    return told.Snapshot.ExitCode ?? 1;
                }
            }
            else if (over && needed.Contains(told.Resource) && said.Add(told.ResourceId))
            {
                var code = told.Snapshot.ExitCode is { } exitCode ? $" with exit code {exitCode}" : "";
                await output.WriteLineAsync($"{told.Resource.Name} has ended{code}: Aspire's dashboard has its log, and can start it again.");
                if (!started)
                {
                    return 1;
                }
            }
        }

        throw new OperationCanceledException(stop);

        void Collect(IResource waiting)
        {
            foreach (var wait in waiting.Annotations.OfType<WaitAnnotation>().Where(wait => needed.Add(wait.Resource)))
            {
                Collect(wait.Resource);
            }
        }
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
