using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tracking;

/// <summary>The tracking files of an attempt: begun with the run, checked when it resumes, and read when it completes.</summary>
internal static class RunTracking
{
    /// <summary>Prepares the folder of a run that starts from the beginning.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written, or the dataset's list of files does not fit it.</exception>
    public static void Begin(AttemptSettings settings, TrainingData data)
    {
        if (IsTracked(settings))
        {
            // What the results need is read now: a list of files that does not fit must not fail the run at its end.
            _ = LearningFiles.Names(data.Dataset);
            new TrackingFolder(settings.Folder).Begin(TrackingInfo.Of(settings.Record.Spec, data.Dataset, data.Labels));
        }
    }

    /// <summary>Checks that the spec tracks as that of a checkpoint.</summary>
    /// <exception cref="UserErrorException">Tracking was switched on, off or changed in mid-run.</exception>
    public static void CheckUnchanged(AttemptSettings settings, RunSpec before)
    {
        var now = settings.Record.Spec;
        if ((now.TrackLearning, now.TrackEvery ?? 1) != (before.TrackLearning, before.TrackEvery ?? 1))
        {
            throw new UserErrorException(
                $"{settings.Folder.Record}: trackLearning cannot be changed in mid-run: the run began with {Text(before)}, and run.json has {Text(now)}. "
                + "Restore run.json, or train a new run.");
        }
    }

    /// <summary>Checks that the files up to a checkpoint exist and are of this run, without reading them all.</summary>
    /// <exception cref="UserErrorException">A file is missing, truncated or of another dataset.</exception>
    public static void Check(AttemptSettings settings, TrainingData data, Checkpoint state)
    {
        if (!IsTracked(settings))
        {
            return;
        }

        var tracking = new TrackingFolder(settings.Folder);
        var info = tracking.LoadInfo();
        LearningTimes.Check(tracking, info, TrackingInfo.Of(settings.Record.Spec, data.Dataset, data.Labels), settings.DatasetFolder);
        var written = info.Mode == LearningTracking.Evaluation && state.Evaluated ? state.Epoch + 1 : state.Epoch;
        foreach (var epoch in info.TrackedEpochs().Where(epoch => epoch < written))
        {
            tracking.Check(epoch, info.Examples);
        }
    }

    /// <summary>Writes when each example was learned, after the last evaluation.</summary>
    /// <exception cref="UserErrorException">A tracking file is missing or damaged, or the results cannot be written.</exception>
    public static void Derive(AttemptSettings settings, TrainingData data)
    {
        if (IsTracked(settings))
        {
            LearningFiles.Write(settings.Folder.Path, LearningTimes.Read(settings.Folder, data.Dataset, isOver: true), data.Dataset);
        }
    }

    private static bool IsTracked(AttemptSettings settings) => settings.Record.Spec.TrackLearning != LearningTracking.Off;

    private static string Text(RunSpec spec) => spec.TrackLearning == LearningTracking.Off
        ? "trackLearning off"
        : FormattableString.Invariant($"trackLearning {spec.TrackLearning.ToString().ToLowerInvariant()} every {spec.TrackEvery ?? 1}");
}
