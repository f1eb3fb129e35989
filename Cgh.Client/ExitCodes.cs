using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Client;

/// <summary>What scripts go by.</summary>
internal static class ExitCodes
{
    public const int Completed = 0;
    public const int Failed = 1;
    public const int NotCompleted = 3;
    public const int TimedOut = 5;
    public const int Interrupted = 130;

    /// <summary>For the end of a command's help.</summary>
    public const string Help = """
        Exit codes: 0 done, and completed where it was waited for; 1 failed; 2 wrong command line, recipe or name; 3 ended
        without completing (cancelled, paused or interrupted); 4 a server cannot be reached; 5 --timeout has passed;
        130 Ctrl-C.
        """;

    /// <summary>How these runs ended, taken together: a failure before anything else.</summary>
    public static int Of(IEnumerable<RunState> runs)
    {
        var statuses = runs.Select(run => run.Status).ToHashSet();
        return statuses.Overlaps([RunStatus.Failed, RunStatus.Parked]) ? Failed
            : statuses.All(status => status == RunStatus.Completed) ? Completed
            : NotCompleted;
    }
}
