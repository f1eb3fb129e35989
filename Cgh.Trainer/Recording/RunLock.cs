using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>
/// Keeps a second process out of a run folder. The operating system lets go of it when the process ends, however it ends.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_gracePeriod = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    private readonly FileStream _file;
    private readonly RunFolder _folder;

    private RunLock(FileStream file, RunFolder folder)
    {
        _file = file;
        _folder = folder;
    }

    /// <summary>Takes the folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="attempt">
    /// The number that the run store gave to this attempt, or null when a person started it. A numbered attempt takes the folder from
    /// an older numbered one: that one leaves at its next write, or is ended when it hangs on this machine.
    /// </param>
    /// <exception cref="UserErrorException">Another process writes it; the message names that process.</exception>
    /// <exception cref="SupersededException">A newer attempt writes it.</exception>
    public static RunLock Take(RunFolder folder, int? attempt)
    {
        for (var began = Stopwatch.GetTimestamp(); ; Thread.Sleep(s_pollInterval))
        {
            try
            {
                return Take(folder, new Holder(Environment.ProcessId, Environment.MachineName) { Attempt = attempt, Started = Started(Process.GetCurrentProcess()) });
            }
            catch (IOException error) when (File.Exists(folder.Lock) && error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                var holder = File.Exists(HolderPath(folder)) ? CghJson.Load<Holder>(HolderPath(folder)) : null;
                var waited = Stopwatch.GetElapsedTime(began);
                if (attempt is null || holder?.Attempt is null || waited > s_timeout)
                {
                    var name = holder is null ? "another process" : string.Create(CultureInfo.InvariantCulture, $"process {holder.ProcessId} on {holder.Host}");
                    throw new UserErrorException($"{folder.Path} is being written by {name}. Wait for it to end, or end it, then run the command again.", error);
                }

                if (holder.Attempt > attempt)
                {
                    throw new SupersededException(string.Create(CultureInfo.InvariantCulture, $"Attempt {holder.Attempt} at {folder.Path} has begun; attempt {attempt} leaves."));
                }

                folder.Claim(attempt.Value);
                if (waited > s_gracePeriod)
                {
                    End(holder);
                }
            }
        }
    }

    /// <summary>Lets go of a folder in which nothing was begun, and takes away what taking it left there.</summary>
    public void DeleteUnused()
    {
        Dispose();
        foreach (var file in (string[])[_folder.Newest, HolderPath(_folder), _folder.Lock])
        {
            File.Delete(file);
        }

        if (!Directory.EnumerateFileSystemEntries(_folder.Path).Any())
        {
            Directory.Delete(_folder.Path);
        }
    }

    public void Dispose() => _file.Dispose();

    private static RunLock Take(RunFolder folder, Holder holder)
    {
        var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            CghJson.Save(HolderPath(folder), holder);
            return new RunLock(file, folder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // A stopped or hanging process holds the lock for ever. Another machine's is out of reach, and a number may have gone to another process since.
    private static void End(Holder holder)
    {
        if (holder.Host != Environment.MachineName)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(holder.ProcessId);
            if ((Started(process) - holder.Started).Duration() < TimeSpan.FromSeconds(2))
            {
                process.Kill();
            }
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has left already, or is not ours to end: the wait goes on and says so.
        }
    }

    private static DateTimeOffset Started(Process process) => process.StartTime.ToUniversalTime();

    // Beside the lock: on Windows nobody can read a file that is held.
    private static string HolderPath(RunFolder folder) => folder.Lock + ".json";

    private sealed record Holder(int ProcessId, string Host)
    {
        public int? Attempt { get; init; }

        public DateTimeOffset Started { get; init; }
    }
}
