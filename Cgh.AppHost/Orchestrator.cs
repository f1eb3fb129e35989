using System.Diagnostics;
using System.Globalization;

namespace Cgh.AppHost;

/// <summary>
/// The processes of Aspire's orchestrator and what they have started, which outlive the application by a second or two, with containers by up to
/// half a minute.
/// </summary>
internal sealed class Orchestrator
{
    private const string Program = "dcp";

    // A container has ten seconds to stop before its runtime ends it.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<Process> _processes;

    private Orchestrator(IReadOnlyList<Process> processes) => _processes = processes;

    /// <summary>Those of this process, while they run; elsewhere than on Linux they are not told apart from others' and left alone.</summary>
    public static Orchestrator Running()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new Orchestrator([]);
        }

        // Its first process, which names the one it belongs to, has started all others.
        var found = Process.GetProcessesByName(Program).Select(process => process.Id).Where(IsOfThisProcess).ToHashSet();
        AddDescendants(found);
        return new Orchestrator([.. found.Select(Find).OfType<Process>()]);
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

    // What they have started: its own helpers, and the container runtime's programs.
    private static void AddDescendants(HashSet<int> processes)
    {
        var parents = Process.GetProcesses().Select(process => (process.Id, Parent: ParentOf(process.Id))).ToList();
        while (parents.Any(process => process.Parent is { } parent && processes.Contains(parent) && processes.Add(process.Id)))
        {
            // Until none is added.
        }
    }

    private static int? ParentOf(int process)
    {
        // After the program's name in parentheses, which may contain both: the state, then the parent.
        var status = Read(process, "stat");
        var fields = status?[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is null ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
    }

    private static Process? Find(int process)
    {
        try
        {
            return Process.GetProcessById(process);
        }
        catch (ArgumentException)
        {
            // It has ended.
            return null;
        }
    }

    private static bool IsOfThisProcess(int process) =>
        (Read(process, "cmdline")?.Split('\0') ?? []).SkipWhile(argument => argument != "--monitor").ElementAtOrDefault(1) == $"{Environment.ProcessId}";

    private static string? Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return null;
        }
    }
}
