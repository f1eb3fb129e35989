using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Client;

/// <summary>Follows an experiment or a run until it ends. Interrupting the wait does not stop it.</summary>
internal static class ExperimentWatcher
{
    public static Option<TimeSpan?> TimeoutOption() => new("--timeout")
    {
        Description = "Stop waiting after this time, such as 90s, 10m or 2h; the runs continue. Default: no limit.",
        HelpName = "TIME",
        CustomParser = ParseTime,
    };

    /// <summary>Rejects <paramref name="timeout"/> without <paramref name="waits"/>.</summary>
    public static void RequireWait(Command command, Option<TimeSpan?> timeout, Option<bool> waits) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(timeout) is not null && !result.GetValue(waits))
            {
                result.AddError($"{timeout.Name} needs {waits.Name}: without it, the command does not wait.");
            }
        });

    public static Option<bool> JsonOption() => new("--json") { Description = "Print one JSON object per line; while waiting, one for each change." };

    /// <summary>Prints the current status.</summary>
    public static void Print(ExperimentSnapshot snapshot, Target target, bool json)
    {
        if (json)
        {
            Console.WriteLine(ExperimentLine.From(snapshot, target));
        }
        else
        {
            new ExperimentDisplay(Terminal.Unwrapped()).Show(snapshot with { Runs = target.Of(snapshot) });
        }
    }

    /// <summary>Prints the progress until the target ends.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> WaitAsync(
        IRunStore store, Target target, bool json, TimeSpan? timeout, string program, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } time)
        {
            limit.CancelAfter(time);
        }

        try
        {
            var snapshots = store.FollowAsync(target.Experiment, limit.Token, Console.Error.WriteLine)
                .Select(snapshot => snapshot with { Runs = target.Of(snapshot) });
            var last = json
                ? await PrintChangesAsync(snapshots, target)
                : await new ExperimentDisplay(Terminal.Unwrapped()).WatchAsync(snapshots, snapshot => IsOver(snapshot, target));
            return ExitCodes.Of(last.Runs);
        }
        catch (OperationCanceledException)
        {
            var reason = cancellationToken.IsCancellationRequested ? "Stopped watching" : $"Timeout after {timeout}";
            await Console.Error.WriteLineAsync($"{reason}; {target} continues. Watch it again with: {program} watch {target}");
            return cancellationToken.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.TimedOut;
        }
    }

    private static bool IsOver(ExperimentSnapshot snapshot, Target target) =>
        // A run that waits for one that has stopped stays queued.
        snapshot.Experiment.Status.IsOver() || (target.Run is not null && snapshot.Runs.All(run => !run.Status.IsActive()));

    private static async Task<ExperimentSnapshot> PrintChangesAsync(IAsyncEnumerable<ExperimentSnapshot> snapshots, Target target)
    {
        string? printed = null;
        await foreach (var snapshot in snapshots)
        {
            var line = ExperimentLine.From(snapshot, target).ToString();
            if (line != printed)
            {
                Console.WriteLine(line);
                printed = line;
            }

            if (IsOver(snapshot, target))
            {
                return snapshot;
            }
        }

        throw new InvalidOperationException("The stream of snapshots ended before the experiment.");
    }

    private static TimeSpan? ParseTime(ArgumentResult result)
    {
        var given = result.Tokens.Single().Value;
        var (digits, unit) = given.Length > 0 && char.IsAsciiLetter(given[^1]) ? (given[..^1], given[^1]) : (given, 's');
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (seconds > 0
            && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number * seconds < 86400 * 40)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        result.AddError($"--timeout must be seconds or a number with s, m, h or d, such as 10m, below 40 days (got '{given}').");
        return null;
    }
}
