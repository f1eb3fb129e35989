using Cgh.Core.Datasets;
using Cgh.Core.LabelQuality;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.LabelQuality;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>
/// Finds the labels that are probably wrong from the tracking and the final model of a run, and writes a <see cref="LabelReport"/>. Corrects them: a label
/// set in which each suspect has the suggested class.
/// </summary>
internal sealed class SuspectsStage : TrainedStage
{
    private readonly StageSpec _spec;
    private readonly RunSpec _stage;
    private readonly RunFolder _folder;
    private readonly TrainedRun? _second;

    public SuspectsStage(StageSpec spec, AttemptSettings settings, Device device)
        : base(spec, settings, device)
    {
        _spec = spec;
        _stage = settings.Record.Spec;
        _folder = settings.Folder;
        try
        {
            _second = spec.Second is { } second ? TrainedRun.Open(spec with { From = second }, settings, device) : null;
            LabelEvidence.Check(From, _second);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        using var evidence = LabelEvidence.Collect(From, _second, progress, cancellationToken);
        var score = _spec.Score is { } name ? LabelScoreCatalog.Get(name) : LabelScoreCatalog.Default;
        var report = evidence.Report(score, _stage.Seed, cancellationToken);
        var dataset = From.Data.Dataset;
        fence.Check();
        report.Write(_folder.Path, dataset);
        fence.Check();
        var corrected = Correct(dataset, evidence.InQuestion, report);
        return new StageResult
        {
            ModelSha256 = From.ModelSha256,
            DatasetChecksum = dataset.Checksum(),
            LabelSet = corrected.Info.Name,
            Changed = report.Info.Cut.Suspects,
            Artefacts = [],
        };
    }

    public override void Dispose()
    {
        _second?.Dispose();
        base.Dispose();
    }

    private LabelSet Correct(Dataset dataset, LabelSet inQuestion, LabelReport report)
    {
        long[] labels = [.. inQuestion.Labels];
        foreach (var suspect in report.Suspects)
        {
            labels[suspect.Index] = suspect.Suggested;
        }

        var path = Path.Combine(_folder.Path, "corrected.npy");
        NpyFile.WriteInt64(path, labels);
        return LabelSet.Create(dataset, new LabelSetRequest
        {
            Name = $"{StageSpec.Corrected}-{LabelSet.ChecksumOf(labels)[..12]}",
            Kind = LabelNoiseKind.Import,
            File = path,
        });
    }
}
