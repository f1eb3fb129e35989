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
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="UserErrorException">Another process writes it; the message names that process.</exception>
    public static RunLock Take(RunFolder folder)
    {
        try
        {
            var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                CghJson.Save(HolderPath(folder), new Holder(Environment.ProcessId, Environment.MachineName));
                return new RunLock(file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (IOException error) when (File.Exists(folder.Lock) && error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            var holder = File.Exists(HolderPath(folder)) ? CghJson.Load<Holder>(HolderPath(folder)) : null;
            var name = holder is null ? "another process" : string.Create(CultureInfo.InvariantCulture, $"process {holder.ProcessId} on {holder.Host}");
            throw new UserErrorException($"{folder.Path} is being written by {name}. Wait for it to end, or end it, then run the command again.", error);
        }
    }

    public void Dispose() => _file.Dispose();

    // Beside the lock: on Windows nobody can read a file that is held.
    private static string HolderPath(RunFolder folder) => folder.Lock + ".json";

    private sealed record Holder(int ProcessId, string Host);
}
