using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Stages;

/// <summary>
/// Orders the training examples of a tracked run by when it learned them and draws a subset of the first and of the last, and as a control one of all. The
/// lists of the first and the last are those of <c>learning --easy --hard</c>.
/// </summary>
internal sealed class LearningStage : Stage
{
    private readonly StageSpec _spec;
    private readonly AttemptSettings _settings;
    private readonly CompletedRun _run;
    private readonly Dataset _dataset;

    public LearningStage(StageSpec spec, AttemptSettings settings)
    {
        _spec = spec;
        _settings = settings;
        _run = CompletedRun.Find(spec, settings);
        LearningTimes.CheckTracked(_run.Folder, _run.Record.Spec);
        _dataset = Dataset.Open(_run.Dataset);
    }

    public override int Total => _dataset.Manifest.Train.Images;

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(_run.Folder.Path);
        var size = (long)_spec.Train + _spec.Test;
        if (2 * size > Total)
        {
            throw UserErrorException.Final(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} has trained on {Total} examples, but {2 * size} are needed ({_spec.Train} train + {_spec.Test} test of each side, easy and hard). "
                + $"Ask for fewer examples."));
        }

        var times = LearningTimes.Read(_run.Folder, _dataset);
        cancellationToken.ThrowIfCancellationRequested();
        var (easy, hard) = LearningOrder.Ends(times.Records, _spec.By ?? LearningTime.FirstLearned, (int)size, (int)size);
        int[] Right(bool isRight) => [.. times.Records.Where(record => record.IsRight == isRight).Select(record => record.Index)];
        var (learned, notLearned) = (Right(true), Right(false));
        fence.Check();
        EasyAndHard.WriteLearned(_settings.Folder, learned, notLearned);
        IndexFile.Write(Path.Combine(_settings.Folder.Path, LearningOrder.EasyFile), easy);
        IndexFile.Write(Path.Combine(_settings.Folder.Path, LearningOrder.HardFile), hard);
        var artefacts = EasyAndHard.Draw(_settings, _dataset, name, easy, hard, fence);
        progress(Total);
        return new StageResult
        {
            TrackingSha256 = times.Sha256,
            DatasetChecksum = _dataset.Checksum(),
            Learned = learned.Length,
            NotLearned = notLearned.Length,
            Artefacts = artefacts,
        };
    }

    public override void Dispose() => _dataset.Dispose();
}
