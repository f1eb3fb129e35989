using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Recording;

/// <summary>
/// Keeps an attempt from writing into a run folder that a newer one has taken. The folder's lock does the same where locks
/// work; on some network shares they do not.
/// </summary>
internal sealed class RunFence(RunFolder folder, int attempt)
{
    public int Attempt => attempt;

    /// <summary>To be called before every write.</summary>
    /// <exception cref="SupersededException">A newer attempt has begun.</exception>
    /// <exception cref="UserErrorException">The folder is gone: with its share, which must not find another in its place when it comes back.</exception>
    public void Check()
    {
        var newest = folder.ClaimedAttempt();
        if (newest == 0 && !Directory.Exists(folder.Path))
        {
            throw new UserErrorException($"{folder.Path} is no longer there. Is a share away? Bring it back, then resume the run.");
        }

        if (newest > attempt)
        {
            throw new SupersededException(string.Create(CultureInfo.InvariantCulture, $"Attempt {newest} at {folder.Path} has begun; attempt {attempt} writes nothing more."));
        }
    }
}

/// <summary>A newer attempt has taken the run.</summary>
internal sealed class SupersededException(string message) : Exception(message);
