using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>
/// Corrects labels with the final model of a run: a training example whose label is not the most probable class gets that class if its probability is at
/// least <see cref="StageSpec.Confidence"/>. Creates a label set, named by its content, in the dataset.
/// </summary>
internal sealed class LabelsStage : TrainedStage
{
    private const string ValuesFile = "corrected.npy";
    private const string ChangesFile = "changes.csv";

    private readonly StageSpec _spec;
    private readonly RunFolder _folder;

    public LabelsStage(StageSpec spec, AttemptSettings settings, Device device)
        : base(spec, settings, device)
    {
        _spec = spec;
        _folder = settings.Folder;
    }

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var given = From.Data.Labels.Labels;
        long[] labels = [.. given];
        var changes = new List<string> { "index,given,corrected,probability\n" };
        var confidence = _spec.Confidence ?? StageSpec.DefaultConfidence;
        foreach (var part in From.Parts())
        {
            var (classes, probabilities) = From.Evaluator.Predict(From.Data.Train, part, cancellationToken);
            for (var i = 0; i < part.Length; i++)
            {
                if (classes[i] != given[part[i]] && probabilities[i] >= confidence)
                {
                    labels[part[i]] = classes[i];
                    changes.Add(string.Create(CultureInfo.InvariantCulture, $"{part[i]},{given[part[i]]},{classes[i]},{probabilities[i]:R}\n"));
                }
            }

            progress(part[^1] + 1);
        }

        fence.Check();
        var path = Path.Combine(_folder.Path, ValuesFile);
        NpyFile.WriteInt64(path, labels);
        AtomicFile.WriteText(Path.Combine(_folder.Path, ChangesFile), string.Concat(changes));
        fence.Check();
        var dataset = From.Data.Dataset;
        var set = LabelSet.Create(dataset, new LabelSetRequest
        {
            Name = $"{StageSpec.Corrected}-{LabelSet.ChecksumOf(labels)[..12]}",
            Kind = LabelNoiseKind.Import,
            File = path,
        });
        return new StageResult
        {
            ModelSha256 = From.ModelSha256,
            DatasetChecksum = dataset.Checksum(),
            LabelSet = set.Info.Name,
            Changed = changes.Count - 1,
            Artefacts = [],
        };
    }
}
