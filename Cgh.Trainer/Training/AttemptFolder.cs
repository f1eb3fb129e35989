using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Training;

/// <summary>Holds a run folder's lock during an attempt.</summary>
internal static class AttemptFolder
{
    /// <summary>Creates the folder if necessary, takes its lock, claims it for the attempt and runs the attempt.</summary>
    /// <param name="settings">The settings of the attempt.</param>
    /// <param name="run">Runs it, with the record as it is now, whether this is the first attempt, and its fence.</param>
    /// <exception cref="UserErrorException">The folder already contains a run, or is in use.</exception>
    public static AttemptOutcome Hold(AttemptSettings settings, Func<AttemptSettings, bool, RunFence, AttemptOutcome> run)
    {
        var isNew = settings.Record.Attempts.Count == 0;

        // A service has created the experiment's folder, which is gone while its share is not mounted.
        if (isNew && settings.Number is null)
        {
            Directory.CreateDirectory(settings.Folder.Path);
        }
        else if (isNew)
        {
            ChildFolder.Create(settings.Folder.Path);
        }

        using var held = RunLock.Take(settings.Folder, settings.Number);
        if (isNew && settings.Folder.Exists)
        {
            throw new UserErrorException(
                $"{settings.Folder.Path} already contains a run. Resume it with: Cgh.Trainer resume {settings.Folder.Path} "
                + "(or choose another --name or --out).");
        }

        try
        {
            // Reload the record: another process may have changed it before it released the lock.
            var current = isNew ? settings : settings with { Record = settings.Folder.Load() };
            var fence = new RunFence(settings.Folder, settings.Number ?? settings.Folder.NewestAttempt() + 1);
            settings.Folder.Claim(fence.Attempt);
            fence.Check();
            return run(current, isNew, fence);
        }
        catch when (isNew && settings.Number is null && !settings.Folder.Exists)
        {
            held.DeleteUnused();
            throw;
        }
    }
}
