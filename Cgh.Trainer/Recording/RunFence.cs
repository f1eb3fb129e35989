using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>
/// Prevents an attempt from writing to a run folder after a newer attempt has taken it over. This complements the folder's lock, which
/// has no effect on some network shares.
/// </summary>
internal sealed class RunFence(RunFolder folder, int attempt)
{
    public int Attempt => attempt;

    /// <summary>Checks that this is the newest attempt. Call it before every write.</summary>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    /// <exception cref="UserErrorException">The folder does not exist, such as when its share is not mounted. It must not be created elsewhere.</exception>
    public void Check()
    {
        var newest = folder.ClaimedAttempt();
        if (newest == 0 && !Directory.Exists(folder.Path))
        {
            throw new UserErrorException($"{folder.Path} no longer exists. If it is on a network share, mount the share, then resume the run.");
        }

        if (newest > attempt)
        {
            throw new SupersededException(string.Create(
                CultureInfo.InvariantCulture, $"Attempt {newest} has taken over {folder.Path}; attempt {attempt} stops writing."));
        }
    }
}

/// <summary>Thrown when a newer attempt has taken over the run.</summary>
internal sealed class SupersededException(string message) : Exception(message);
