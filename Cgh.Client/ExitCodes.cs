using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Client;

/// <summary>Exit codes of the commands that talk to the services.</summary>
internal static class ExitCodes
{
    public const int Completed = 0;
    public const int Failed = 1;
    public const int NotCompleted = 3;
    public const int TimedOut = 5;
    public const int Interrupted = 130;

    /// <summary>Describes the exit codes at the end of a command's help text.</summary>
    public const string Help = """
        Exit codes: 0 success (after waiting: completed); 1 failed; 2 invalid command line, recipe or name; 3 ended without
        completing (cancelled, paused or interrupted); 4 a server cannot be reached; 5 timeout; 130 Ctrl-C.
        """;

    /// <summary>Combined exit code of several runs; a failure takes precedence.</summary>
    public static int Of(IEnumerable<RunState> runs)
    {
        var statuses = runs.Select(run => run.Status).ToHashSet();
        return statuses.Overlaps([RunStatus.Failed, RunStatus.Parked]) ? Failed
            : statuses.All(status => status == RunStatus.Completed) ? Completed
            : NotCompleted;
    }
}
