using System.Globalization;

namespace Cgh.AppHost;

/// <summary>Shows the output of the recipe resource in the terminal and waits until it exits.</summary>
internal sealed class RecipeFollower(ResourceNotificationService notifications, ResourceLoggerService logs, TextWriter output)
{
    // The last lines may arrive after the exit notification.
    private static readonly TimeSpan s_lastLines = TimeSpan.FromSeconds(2);

    /// <returns>The exit code of the recipe's process; 1 if it did not start because a dependency has exited.</returns>
    public async Task<int> FollowAsync(IResource recipe, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(recipe, ended.Token);
        var code = await EndAsync(recipe, cancellationToken);
        ended.CancelAfter(s_lastLines);
        await showing;
        return code;
    }

    private async Task<int> EndAsync(IResource recipe, CancellationToken cancellationToken)
    {
        var needed = new HashSet<IResource>();
        Collect(recipe);
        var said = new HashSet<string>();
        var started = false;
        await foreach (var told in notifications.WatchAsync(cancellationToken))
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
                var code = told.Snapshot.ExitCode is { } exitCode ? $" with code {exitCode}" : "";
                await output.WriteLineAsync($"{told.Resource.Name} has exited{code}. See its log in the Aspire dashboard, where it can be restarted.");
                if (!started)
                {
                    return 1;
                }
            }
        }

        throw new OperationCanceledException(cancellationToken);

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
            // The recipe has ended, or the host is stopping.
        }
    }

    // Aspire prefixes each line with the time.
    private static string WithoutTime(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? line[(space + 1)..]
            : line;
    }
}
