using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>
/// Locks a run folder against other processes. The operating system releases the lock when the process ends.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    // A laboratory tries the lock now and then to see whether someone has it.
    private static readonly TimeSpan s_glance = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan s_gracePeriod = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    private readonly FileStream _file;
    private readonly RunFolder _folder;

    private RunLock(FileStream file, RunFolder folder)
    {
        _file = file;
        _folder = folder;
    }

    /// <summary>Acquires the lock.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="attempt">
    /// Number of the attempt in the run store, or null if it was started manually. A numbered attempt takes over the folder from an older
    /// numbered one, which stops at its next write or, if it hangs on this machine, is killed.
    /// </param>
    /// <exception cref="UserErrorException">Another process holds the lock; the message names it.</exception>
    /// <exception cref="SupersededException">A newer attempt holds the lock.</exception>
    public static RunLock Take(RunFolder folder, int? attempt)
    {
        for (var began = Stopwatch.GetTimestamp(); ; Thread.Sleep(s_pollInterval))
        {
            try
            {
                return Take(folder, RunHolder.Current(attempt));
            }
            catch (IOException error) when (File.Exists(folder.Lock) && error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                var holder = RunHolder.Last(folder);
                var waited = Stopwatch.GetElapsedTime(began);
                if (waited < s_glance)
                {
                    continue;
                }

                if (attempt is null || holder?.Attempt is null || waited > s_timeout)
                {
                    var name = holder?.ToString() ?? "another process";
                    throw new UserErrorException($"{folder.Path} is in use by {name}. Wait for it to end or stop it, then rerun the command.", error);
                }

                if (holder.Attempt > attempt)
                {
                    throw new SupersededException(string.Create(
                        CultureInfo.InvariantCulture, $"Attempt {holder.Attempt} has taken over {folder.Path}; attempt {attempt} stops."));
                }

                folder.Claim(attempt.Value);
                if (waited > s_gracePeriod)
                {
                    // A suspended or hanging process never releases the lock. If it cannot be killed, the timeout reports it.
                    holder.Kill();
                }
            }
        }
    }

    /// <summary>Releases the lock on a folder without a run and deletes the lock's files, and the folder if it is empty.</summary>
    public void DeleteUnused()
    {
        Dispose();
        foreach (var file in (string[])[_folder.Newest, _folder.LockHolder, _folder.Lock])
        {
            File.Delete(file);
        }

        if (!Directory.EnumerateFileSystemEntries(_folder.Path).Any())
        {
            Directory.Delete(_folder.Path);
        }
    }

    public void Dispose() => _file.Dispose();

    private static RunLock Take(RunFolder folder, RunHolder holder)
    {
        var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            CghJson.Save(folder.LockHolder, holder);
            return new RunLock(file, folder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
