using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Stages;

/// <summary>The completed run that a stage derives from.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Record">Its record.</param>
/// <param name="Dataset">Folder of its dataset: the recorded one or, if it was moved, that of the stage.</param>
internal sealed record CompletedRun(RunFolder Folder, RunRecord Record, string Dataset)
{
    /// <summary>Finds the run that a stage names.</summary>
    /// <exception cref="UserErrorException">It does not exist, has not completed, or is a stage itself.</exception>
    public static CompletedRun Find(StageSpec stage, AttemptSettings settings)
    {
        var folder = new RunFolder(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(settings.Folder.Path)!, stage.From)));
        var record = folder.Load();
        if (record.Spec.Derive is not null)
        {
            throw UserErrorException.Final($"{folder.Path} is a stage, which has no model. Derive from a run that trains.");
        }

        if (record.Status != RunStatus.Completed)
        {
            throw new UserErrorException(
                $"{folder.Path} has not completed (it is {record.Status.ToString().ToLowerInvariant()}). Resume it first: Cgh.Trainer resume {folder.Path}");
        }

        return new CompletedRun(folder, record, Directory.Exists(record.DatasetFolder) ? record.DatasetFolder : settings.DatasetFolder);
    }
}
