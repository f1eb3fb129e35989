using Cgh.Core;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Training;

/// <summary>Holds a run folder's lock during an attempt.</summary>
internal static class AttemptFolder
{
    /// <summary>Creates the folder if necessary, takes its lock and runs the attempt.</summary>
    /// <param name="settings">The settings of the attempt.</param>
    /// <param name="run">Runs it, with the record as it is now and whether this is the first attempt.</param>
    /// <exception cref="UserErrorException">The folder already contains a run, or is in use.</exception>
    public static AttemptOutcome Hold(AttemptSettings settings, Func<AttemptSettings, bool, AttemptOutcome> run)
    {
        var isNew = settings.Record.Attempts.Count == 0;
        Directory.CreateDirectory(settings.Folder.Path);
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
            return run(isNew ? settings : settings with { Record = settings.Folder.Load() }, isNew);
        }
        catch when (isNew && settings.Number is null && !settings.Folder.Exists)
        {
            held.DeleteUnused();
            throw;
        }
    }
}
