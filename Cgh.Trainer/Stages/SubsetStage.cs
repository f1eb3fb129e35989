using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Stages;

/// <summary>Makes a subset of the examples that a file lists.</summary>
internal sealed class SubsetStage : Stage
{
    private readonly StageSpec _spec;
    private readonly RunFolder _folder;
    private readonly Dataset _dataset;

    public SubsetStage(StageSpec spec, AttemptSettings settings)
    {
        _spec = spec;
        _folder = settings.Folder;
        _dataset = Dataset.Open(settings.DatasetFolder);
    }

    public override int Total => _dataset.Manifest.Train.Images;

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var train = IndexFile.Read(_spec.Indices!, Total).Indices;
        var test = _spec.TestIndices is { } file ? IndexFile.Read(file, Total).Indices : null;
        fence.Check();
        var artefact = StageSubset.Create(_folder, _dataset, new SubsetRequest
        {
            Name = StageSpec.Subset,
            Train = train,
            Test = test,
            Origin = Path.GetFileName(_spec.Indices!),
        });
        progress(Total);
        return new StageResult { DatasetChecksum = _dataset.Checksum(), Artefacts = [artefact] };
    }

    public override void Dispose() => _dataset.Dispose();
}
