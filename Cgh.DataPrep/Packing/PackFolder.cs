using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// A dataset under construction: <c>FOLDER.part</c>, which is renamed to <c>FOLDER</c> when it is complete. It survives a killed process. Several processes
/// may share it: each shard has a claim, and whoever finds all shards packed completes the dataset.
/// </summary>
/// <remarks>
/// <c>FOLDER.part.lock</c> is locked by all processes that pack, and exclusively by one that prepares or completes the folder. It is deleted only beside a
/// complete dataset, which whoever locks it looks for, so that no two processes can hold different files of that name.
/// </remarks>
internal sealed class PackFolder : IDisposable
{
    private const string SettingsFile = "pack.json";

    // Another process prepares or completes the folder: the file system does not tell when it has.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_otherSettingsTimeout = TimeSpan.FromSeconds(2);

    private readonly string _final;
    private FileStream? _lock;

    private PackFolder(string final, string settings)
    {
        _final = final;
        Settings = settings;
    }

    /// <summary>Path of the folder.</summary>
    public string Path => StagingFolder.PathFor(_final);

    /// <summary><see cref="PackSettings.Digest"/> of the dataset.</summary>
    public string Settings { get; }

    private string LockPath => Path + ".lock";

    private string SettingsPath => System.IO.Path.Combine(Path, SettingsFile);

    private string FinishedPath => System.IO.Path.Combine(_final, DatasetManifest.FileName);

    private string ManifestPath => System.IO.Path.Combine(Path, DatasetManifest.FileName);

    /// <summary>Opens the folder with what earlier attempts with the same settings packed, or creates it.</summary>
    /// <param name="final">Absolute path of the dataset.</param>
    /// <param name="settings">What determines the dataset.</param>
    /// <param name="notify">Receives what the user should know, a sentence at a time.</param>
    /// <param name="cancellationToken">Cancels waiting for another process.</param>
    /// <exception cref="UserErrorException">
    /// Another dataset exists there, the folder has unrelated content or cannot be written, or another process packs it with other settings.
    /// </exception>
    public static PackFolder Open(string final, PackSettings settings, Action<string>? notify, CancellationToken cancellationToken)
    {
        var folder = new PackFolder(final, settings.Digest());
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(final)!);
            folder.Join(settings, notify, cancellationToken);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            folder.Dispose();
            throw new UserErrorException($"Cannot write {final}: {UserText.FirstLine(error)} Choose another folder.", error);
        }
        catch
        {
            folder.Dispose();
            if (File.Exists(System.IO.Path.Combine(final, DatasetManifest.FileName)))
            {
                // Another process has completed the dataset, and joining has created the lock again.
                AtomicFile.TryDelete(folder.LockPath);
            }

            throw;
        }
    }

    /// <exception cref="UserErrorException">There is a dataset or something else.</exception>
    public static void RefuseExisting(string final)
    {
        if (File.Exists(System.IO.Path.Combine(final, DatasetManifest.FileName)))
        {
            throw new UserErrorException($"{final} is already a dataset. Choose another name, or delete it to pack it again.");
        }

        if (Dataset.IsSubset(final))
        {
            throw new UserErrorException($"{final} is already a subset. Choose another name, or delete it to pack a dataset of that name.");
        }

        if (File.Exists(final) || (Directory.Exists(final) && Directory.EnumerateFileSystemEntries(final).Any()))
        {
            throw new UserErrorException($"{final} exists and is not a dataset. Choose another name or an empty folder.");
        }
    }

    /// <summary>The shards that earlier attempts have not packed. Only looks.</summary>
    public static IReadOnlyList<PlannedShard> MissingIn(string final, PackPlan plan, PackSettings settings)
    {
        var folder = new PackFolder(final, settings.Digest());
        return folder.IsComplete ? [] : [.. plan.Shards.Where(shard => ShardRecord.Read(folder.Path, shard, folder.Settings, out _) is null)];
    }

    /// <summary>Whether another process completed the dataset while this one looked at the source.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether an earlier attempt wrote everything but ended before it could rename the folder.</summary>
    public bool IsComplete
    {
        get
        {
            try
            {
                return File.Exists(ManifestPath) && Read<DatasetManifest>(ManifestPath).Train is not null;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    /// <summary>Claims a shard for this process. Disposing the result, or the end of the process, frees it.</summary>
    /// <returns>Null if another process has claimed it.</returns>
    public IDisposable? TryClaim(PlannedShard shard) => SharedFile.TryLock(shard.PathIn(Path, ".lock"), FileAccess.ReadWrite, FileShare.None);

    /// <summary>
    /// Writes what remains and renames the folder, alone: waits until no other process packs. If one of them has completed the dataset meanwhile, that is the
    /// result.
    /// </summary>
    /// <param name="write">Writes the index and returns the manifest. Not called if an earlier attempt did.</param>
    /// <param name="cancellationToken">Cancels waiting for another process.</param>
    public DatasetManifest Complete(Func<DatasetManifest> write, CancellationToken cancellationToken)
    {
        _lock?.Dispose();
        while ((_lock = SharedFile.TryLock(LockPath, FileAccess.ReadWrite, FileShare.None)) is null)
        {
            Wait(cancellationToken);
        }

        if (!File.Exists(FinishedPath))
        {
            if (!IsComplete)
            {
                CghJson.Save(ManifestPath, write());
            }

            DeleteTraces();
            StagingFolder.Complete(_final);
        }

        var manifest = CghJson.Load<DatasetManifest>(FinishedPath);
        Dispose();
        File.Delete(LockPath);
        return manifest;
    }

    /// <summary>Returns the error for a folder that cannot be written.</summary>
    public UserErrorException CannotWrite(Exception error) =>
        new($"Cannot write {Path}: {UserText.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);

    /// <summary>Deletes the folder, which no other process may use.</summary>
    public void Delete()
    {
        Dispose();
        Directory.Delete(Path, recursive: true);
        File.Delete(LockPath);
    }

    public void Dispose() => _lock?.Dispose();

    private void Join(PackSettings settings, Action<string>? notify, CancellationToken cancellationToken)
    {
        for (var deadline = Environment.TickCount64 + (long)s_otherSettingsTimeout.TotalMilliseconds; ;)
        {
            _lock = SharedFile.TryLock(LockPath, FileAccess.Read, FileShare.Read);
            if (IsFinishedWith(settings) || (_lock is not null && SettingsOf(out _) == settings))
            {
                return;
            }

            // Two processes may change their lock at the same time; whoever comes second finds the folder prepared.
            _lock?.Dispose();
            _lock = SharedFile.TryLock(LockPath, FileAccess.ReadWrite, FileShare.None);
            if (IsFinishedWith(settings))
            {
                return;
            }

            if (_lock is not null)
            {
                Prepare(settings, notify);
                _lock.Dispose();
            }
            else if (Environment.TickCount64 > deadline && SettingsOf(out _) is { } other && other != settings)
            {
                throw new UserErrorException(
                    $"Another process is packing {_final} from other content or with other options. Wait until it ends, or choose another name.");
            }
            else
            {
                Wait(cancellationToken);
            }
        }
    }

    // Another process may have completed the same dataset since the caller looked. Any other that has appeared is refused.
    private bool IsFinishedWith(PackSettings settings)
    {
        IsFinished = File.Exists(FinishedPath) && PackSettings.Of(CghJson.Load<DatasetManifest>(FinishedPath)) == settings;
        if (!IsFinished)
        {
            RefuseExisting(_final);
        }

        return IsFinished;
    }

    private void Prepare(PackSettings settings, Action<string>? notify)
    {
        var found = SettingsOf(out var isDamaged);
        if (found is null && !isDamaged && Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any())
        {
            throw new UserErrorException($"{Path}, the staging folder of {_final}, has unrelated content. Move it or choose another folder.");
        }

        if (isDamaged)
        {
            // Each record names its settings too, so that what was packed is still known.
            notify?.Invoke($"{SettingsPath} is damaged: it is written again, and finished shards are kept.");
        }
        else if (found is not null && found != settings)
        {
            notify?.Invoke($"The source or the options have changed since {Path} was begun: packing starts over.");
            Directory.Delete(Path, recursive: true);
        }

        foreach (var split in Enum.GetValues<Split>())
        {
            Directory.CreateDirectory(Dataset.SplitFolder(Path, split));
        }

        CghJson.Save(SettingsPath, settings);
    }

    // A complete dataset that was not renamed has lost its settings file, but not what it was made from.
    private PackSettings? SettingsOf(out bool isDamaged)
    {
        isDamaged = false;
        try
        {
            return File.Exists(SettingsPath) ? Read<PackSettings>(SettingsPath)
                : File.Exists(ManifestPath) ? PackSettings.Of(Read<DatasetManifest>(ManifestPath))
                : null;
        }
        catch (JsonException)
        {
            isDamaged = true;
            return null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process has completed the dataset.
            return null;
        }
    }

    private static T Read<T>(string path) =>
        JsonSerializer.Deserialize<T>(SharedFile.ReadText(path), CghJson.File) ?? throw new JsonException($"{path} contains only null.");

    // The settings go last: until then another attempt recognises the folder.
    private void DeleteTraces()
    {
        foreach (var split in Enum.GetValues<Split>())
        {
            foreach (var trace in Directory.EnumerateFiles(Dataset.SplitFolder(Path, split)).ToList())
            {
                if (System.IO.Path.GetExtension(trace) is ".json" or ".lock" or ".part")
                {
                    File.Delete(trace);
                }
            }
        }

        File.Delete(SettingsPath);
    }

    private static void Wait(CancellationToken cancellationToken)
    {
        cancellationToken.WaitHandle.WaitOne(s_pollInterval);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
