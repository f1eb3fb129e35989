using System.Globalization;
using Cgh.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost;

/// <summary>Watches the resources from the start: when the services are healthy, and which resources end.</summary>
/// <param name="laboratory">The model.</param>
/// <param name="notifications">Aspire's events.</param>
/// <param name="readLog">Reads the log of a resource.</param>
/// <param name="report">Tells the user.</param>
internal sealed class LaboratoryWatch(
    Laboratory laboratory, ResourceNotificationService notifications, Func<IResource, IAsyncEnumerable<IReadOnlyList<LogLine>>> readLog, Action<string> report)
{
    private static readonly TimeSpan s_logTimeout = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _pagesEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when all services are healthy; fails if a resource that they need ends before.</summary>
    public Task Healthy => _healthy.Task;

    /// <summary>Completes when the resource with the pages has ended.</summary>
    public Task PagesEnded => _pagesEnded.Task;

    /// <summary>Watches until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var needed = new HashSet<IResource>();
        laboratory.Services.ToList().ForEach(Collect);
        var waitedFor = laboratory.Services.ToHashSet();
        var ended = new HashSet<string>();
        try
        {
            await foreach (var told in notifications.WatchAsync(cancellationToken))
            {
                if (KnownResourceStates.TerminalStates.Contains(told.Snapshot.State?.Text))
                {
                    if (needed.Contains(told.Resource) && ended.Add(told.ResourceId))
                    {
                        await TellEndAsync(told, cancellationToken);
                    }
                }
                else
                {
                    ended.Remove(told.ResourceId);
                    if (told.Snapshot.HealthStatus == HealthStatus.Healthy && told.Snapshot.State?.Text == KnownResourceStates.Running
                        && waitedFor.Remove(told.Resource) && waitedFor.Count == 0)
                    {
                        _healthy.TrySetResult();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            _healthy.TrySetCanceled(cancellationToken);
        }

        void Collect(IResource resource)
        {
            if (needed.Add(resource))
            {
                resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource).ToList().ForEach(Collect);
            }
        }
    }

    private async Task TellEndAsync(ResourceEvent told, CancellationToken cancellationToken)
    {
        var code = told.Snapshot.ExitCode is { } exitCode ? $" with code {exitCode}" : "";
        var reason = await LastLineAsync(told.Resource, cancellationToken) is { Length: > 0 } line ? $": {line}" : ". See its log in Aspire's dashboard.";
        var message = $"{told.Resource.Name} has exited{code}{reason}";
        if (!_healthy.TrySetException(new UserErrorException(message)))
        {
            report(message);
        }

        if (told.Resource == laboratory.Pages)
        {
            _pagesEnded.TrySetResult();
        }
    }

    private async Task<string?> LastLineAsync(IResource resource, CancellationToken cancellationToken)
    {
        string? last = null;
        // The log of a process that never started may have no end, whether or not its reading is cancelled.
        await Task.WhenAny(ReadAsync(), Task.Delay(s_logTimeout, cancellationToken));
        return last;

        async Task ReadAsync()
        {
            await foreach (var lines in readLog(resource).WithCancellation(cancellationToken))
            {
                last = lines.Select(line => WithoutTime(line.Content).Trim()).LastOrDefault(IsOfProgram) ?? last;
            }
        }
    }

    // Aspire adds lines of its own about the process.
    private static bool IsOfProgram(string line) => line.Length > 0 && !line.StartsWith("[sys]", StringComparison.Ordinal);

    // Aspire prefixes each line with the time.
    private static string WithoutTime(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? line[(space + 1)..]
            : line;
    }
}
