using System.Diagnostics;

namespace Cgh.AppHost;

/// <summary>The processes of Aspire's orchestrator, which outlive the application by a second or two.</summary>
internal sealed class Orchestrator
{
    private const string Program = "dcp";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    private readonly IReadOnlyList<Process> _processes;

    private Orchestrator(IReadOnlyList<Process> processes) => _processes = processes;

    /// <summary>Those of this process, while they run; elsewhere than on Linux they are not told apart from others' and left alone.</summary>
    public static Orchestrator Running()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new Orchestrator([]);
        }

        var all = Process.GetProcessesByName(Program).Select(process => (Process: process, Arguments: Arguments(process.Id))).ToList();
        // The first process names the one it belongs to, all of them name the file that connects them.
        var first = all.Find(candidate => After(candidate.Arguments, "--monitor") == $"{Environment.ProcessId}");
        var connection = first.Arguments is null ? null : After(first.Arguments, "--kubeconfig");
        return new Orchestrator(
            [.. all.Where(candidate => connection is not null && candidate.Arguments.Contains(connection)).Select(candidate => candidate.Process)]);
    }

    /// <summary>Waits until all have ended.</summary>
    public async Task WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(s_timeout);
        try
        {
            await Task.WhenAll(_processes.Select(process => process.WaitForExitAsync(limit.Token)));
        }
        catch (OperationCanceledException)
        {
            // Whatever holds it up, it is Aspire's to end.
        }
    }

    private static string[] Arguments(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return [];
        }
    }

    private static string? After(string[] arguments, string name) => arguments.SkipWhile(argument => argument != name).ElementAtOrDefault(1);
}
