using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Core.Runs;

/// <summary>The process that holds a run folder's lock, or was the last to hold it.</summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Host">Its machine.</param>
public sealed record RunHolder(int ProcessId, string Host)
{
    /// <summary>Number of the attempt in a run store; null if it was started from the command line.</summary>
    public int? Attempt { get; init; }

    /// <summary>When the process started.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>This process.</summary>
    /// <param name="attempt">Number of its attempt in a run store; null if it was started from the command line.</param>
    public static RunHolder Current(int? attempt)
    {
        using var process = Process.GetCurrentProcess();
        return new RunHolder(Environment.ProcessId, Environment.MachineName) { Attempt = attempt, Started = StartOf(process) };
    }

    /// <summary>The last process that took the lock of a run folder; null if none did or its file cannot be read.</summary>
    public static RunHolder? Last(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.LockHolder) ? CghJson.Load<RunHolder>(folder.LockHolder) : null;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    /// <summary>
    /// The process that holds a run folder's lock now, and that no laboratory on this machine has started; null if there is none. An attempt whose
    /// laboratory was killed ends by itself, so it does not count.
    /// </summary>
    public static RunHolder? Elsewhere(RunFolder folder)
    {
        if (Last(folder) is not { } holder || (holder.Attempt is not null && holder.Host == Environment.MachineName))
        {
            return null;
        }

        try
        {
            using var free = SharedFile.TryLock(folder.Lock, FileAccess.Read, FileShare.None);
            return free is null ? holder : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be locked has no holder to find.
            return null;
        }
    }

    /// <summary>Kills the process if it runs on this machine. Its id may have been reused, so the start time is compared.</summary>
    public void Kill()
    {
        if (Host != Environment.MachineName)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(ProcessId);
            if ((StartOf(process) - Started).Duration() < TimeSpan.FromSeconds(2))
            {
                process.Kill();
            }
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // The process has exited or belongs to another user.
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} on {Host}");

    private static DateTimeOffset StartOf(Process process) => process.StartTime.ToUniversalTime();
}
