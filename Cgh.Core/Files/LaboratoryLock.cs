using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cgh.Core.Files;

/// <summary>
/// Lets one laboratory with servers of its own at a time use a data folder: two would take the runs from each other, as neither knows the other's queue.
/// The operating system releases the lock when the process ends.
/// </summary>
public sealed class LaboratoryLock : IDisposable
{
    private const string LockName = ".laboratory";
    private const string HolderName = ".laboratory.json";

    private readonly IReadOnlyList<(string Folder, FileStream File)> _held;
    private readonly Holder _self = new(Environment.MachineName, Environment.ProcessId, DateTimeOffset.Now);

    private LaboratoryLock(IReadOnlyList<(string Folder, FileStream File)> held)
    {
        _held = held;
        Announce(address: null);
    }

    /// <summary>Takes the locks of the data folder and of the experiments' folder, which another laboratory may use with another data folder.</summary>
    /// <param name="data">The data folder; it must exist.</param>
    /// <exception cref="UserErrorException">Another laboratory uses one of the two; the message names it and its pages.</exception>
    public static LaboratoryLock Take(DataFolder data)
    {
        var held = new List<(string, FileStream)>();
        try
        {
            foreach (var folder in new[] { data.Root, data.Experiments }.Distinct(StringComparer.Ordinal))
            {
                // Elsewhere, they may be on a share that is not mounted.
                if (Directory.Exists(folder) || (Directory.Exists(data.Root) && IsIn(folder, data.Root)))
                {
                    held.Add((folder, TakeOne(folder)));
                }
            }

            return new LaboratoryLock(held);
        }
        catch
        {
            held.ForEach(taken => taken.Item2.Dispose());
            throw;
        }
    }

    /// <summary>Makes the address of the pages known to those who find the folder in use.</summary>
    public void Announce(string? address)
    {
        foreach (var (folder, _) in _held)
        {
            CghJson.Save(Path.Combine(folder, HolderName), _self with { Address = address });
        }
    }

    public void Dispose()
    {
        foreach (var (_, file) in _held)
        {
            file.Dispose();
        }
    }

    private static bool IsIn(string folder, string parent) => folder.StartsWith(parent + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static FileStream TakeOne(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return SharedFile.TryLock(Path.Combine(folder, LockName), FileAccess.ReadWrite, FileShare.None) ?? throw InUse(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot use {folder}: {UserText.FirstLine(error)} Choose another folder with --data.", error);
        }
    }

    private static UserErrorException InUse(string folder)
    {
        if (!TryReadHolder(folder, out var holder))
        {
            return new UserErrorException($"{folder} is in use by another laboratory. Stop that one, or choose another folder with --data.");
        }

        var since = holder.Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var pages = holder.Address is null ? "" : $"Its pages are at {holder.Address}. ";
        return new UserErrorException(string.Create(
            CultureInfo.InvariantCulture,
            $"{folder} is in use by the laboratory of process {holder.ProcessId} on {holder.Host} since {since}. {pages}")
            + "Stop that one, or choose another folder with --data.");
    }

    // Its file is written a moment after the lock is taken, and may be damaged.
    private static bool TryReadHolder(string folder, [NotNullWhen(true)] out Holder? holder)
    {
        try
        {
            holder = CghJson.Load<Holder>(Path.Combine(folder, HolderName));
            return true;
        }
        catch (UserErrorException)
        {
            holder = null;
            return false;
        }
    }

    private sealed record Holder(string Host, int ProcessId, DateTimeOffset Since)
    {
        public string? Address { get; init; }
    }
}
