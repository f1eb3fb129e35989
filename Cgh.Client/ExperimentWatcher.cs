using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client;

/// <summary>Waits for an experiment or a run and shows how it goes. Giving up on waiting stops nothing.</summary>
internal static class ExperimentWatcher
{
    // A file or a pipe has no width to keep to: a wrapped line would be two for whoever reads it.
    private const int UnwrappedWidth = 200;

    public static Option<TimeSpan?> TimeoutOption() => new("--timeout")
    {
        Description = "Stop waiting after this time, such as 90s, 10m or 2h; what was submitted goes on. Default: wait until the end.",
        HelpName = "TIME",
        CustomParser = ParseTime,
    };

    /// <summary>Refuses a time limit for a wait that was not asked for.</summary>
    public static void RequireWait(Command command, Option<TimeSpan?> timeout, Option<bool> waits) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(timeout) is not null && !result.GetValue(waits))
            {
                result.AddError($"{timeout.Name} needs {waits.Name}: without it nothing is waited for.");
            }
        });

    public static Option<bool> JsonOption() => new("--json") { Description = "JSON for scripts: an object on a line, and while waiting a new line at each change." };

    /// <summary>One look, for a person or a script.</summary>
    public static void Print(ExperimentSnapshot snapshot, Target target, bool json)
    {
        if (json)
        {
            System.Console.WriteLine(ExperimentLine.From(snapshot, target));
        }
        else
        {
            new ExperimentDisplay(Console()).Show(snapshot with { Runs = target.Of(snapshot) });
        }
    }

    /// <summary>Waits until it is over.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> WaitAsync(IRunStore store, Target target, bool json, TimeSpan? timeout, string program, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } time)
        {
            limit.CancelAfter(time);
        }

        try
        {
            var snapshots = store.FollowAsync(target.Experiment, limit.Token).Select(snapshot => snapshot with { Runs = target.Of(snapshot) });
            var last = json ? await PrintChangesAsync(snapshots, target) : await new ExperimentDisplay(Console()).WatchAsync(snapshots, snapshot => IsOver(snapshot, target));
            return ExitCodes.Of(last.Runs);
        }
        catch (OperationCanceledException)
        {
            var again = $"Look again with: {program} status {target} --watch";
            await System.Console.Error.WriteLineAsync(cancellationToken.IsCancellationRequested ? $"No longer watched; {target} goes on. {again}" : $"Not over within {timeout}; {target} goes on. {again}");
            return cancellationToken.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.TimedOut;
        }
    }

    /// <summary>Where people read.</summary>
    public static IAnsiConsole Console()
    {
        if (System.Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = UnwrappedWidth;
        }

        return AnsiConsole.Console;
    }

    private static bool IsOver(ExperimentSnapshot snapshot, Target target) =>
        target.Run is null
            ? snapshot.Experiment.Status.IsOver()
            : snapshot.Runs.All(run => run.Status.IsAtRest());

    private static async Task<ExperimentSnapshot> PrintChangesAsync(IAsyncEnumerable<ExperimentSnapshot> snapshots, Target target)
    {
        string? printed = null;
        await foreach (var snapshot in snapshots)
        {
            var line = ExperimentLine.From(snapshot, target).ToString();
            if (line != printed)
            {
                System.Console.WriteLine(line);
                printed = line;
            }

            if (IsOver(snapshot, target))
            {
                return snapshot;
            }
        }

        throw new InvalidOperationException("Following an experiment does not end by itself.");
    }

    private static TimeSpan? ParseTime(ArgumentResult result)
    {
        var given = result.Tokens.Single().Value;
        var (digits, unit) = given.Length > 0 && char.IsAsciiLetter(given[^1]) ? (given[..^1], given[^1]) : (given, 's');
        var seconds = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (seconds > 0 && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number * seconds < 86400 * 40)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        result.AddError($"--timeout: '{given}' is no time. Give seconds, or a number with s, m, h or d, such as 10m, below 40 days.");
        return null;
    }
}
