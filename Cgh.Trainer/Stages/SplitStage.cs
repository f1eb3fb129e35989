using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>
/// Classifies every training example of a run once, with its final weights, and draws a subset of those that it has learned and of those that it has not,
/// as the authors do (arXiv 2003.07422), and as a control one of all.
/// </summary>
internal sealed class SplitStage : Stage
{
    private const string LearnedFile = "learned_examples.csv";
    private const string NotLearnedFile = "not_learned_examples.csv";

    // Examples between two reports of progress.
    private const int Part = 2000;

    private readonly StageSpec _spec;
    private readonly RunSpec _stage;
    private readonly RunFolder _folder;
    private readonly RunFolder _from;
    private readonly TrainingData _data;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Evaluator _evaluator;
    private readonly string _modelSha256;

    private SplitStage(StageSpec spec, AttemptSettings settings, RunFolder from, RunSpec trained, TrainingData data, Device device)
    {
        _spec = spec;
        _stage = settings.Record.Spec;
        _folder = settings.Folder;
        _from = from;
        _data = data;
        _model = ModelRegistry.Create(trained.Model, data.Dataset.Manifest.Classes.Count, data.InputSide, trained.AuxiliaryLogits);
        try
        {
            _modelSha256 = WeightsFile.Sha256(from.Model);
            using (var weights = WeightsFile.Open(from.Model))
            {
                weights.CopyInto(_model, $"{trained.Model} of {from.Path}");
            }

            _model.to(device);
            BatchSize = EvaluationBatch.Choose(_stage, _model, data.InputSide, device);
            _evaluator = new Evaluator(_model, data.Dataset, data.Labels, data.InputSide, BatchSize, device);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    public override int Total => _data.Dataset.Manifest.Train.Images;

    public override int BatchSize { get; }

    public static SplitStage OpenSplit(StageSpec spec, AttemptSettings settings, Device device)
    {
        var experiment = Path.GetDirectoryName(settings.Folder.Path)!;
        var from = new RunFolder(Path.GetFullPath(Path.Combine(experiment, spec.From)));
        var record = from.Load();
        if (record.Spec.Derive is not null)
        {
            throw UserErrorException.Final($"{from.Path} is a stage, which has no model. Derive from a run that trains.");
        }

        if (record.Status != RunStatus.Completed)
        {
            throw new UserErrorException(
                $"{from.Path} has not completed (it is {record.Status.ToString().ToLowerInvariant()}). Resume it first: Cgh.Trainer resume {from.Path}");
        }

        var dataset = Directory.Exists(record.DatasetFolder) ? record.DatasetFolder : settings.DatasetFolder;
        var data = TrainingData.Open(record.Spec, dataset, settings.VerifyData, CancellationToken.None);
        try
        {
            return new SplitStage(spec, settings, from, record.Spec, data, device);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var (learned, notLearned) = Classify(progress, cancellationToken);
        fence.Check();
        Write(LearnedFile, learned);
        Write(NotLearnedFile, notLearned);
        CheckCounts(learned.Length, notLearned.Length);

        // In this order from one generator: easy, hard, random.
        var random = new RandomState(_stage.Seed);
        int[] all = [.. Enumerable.Range(0, Total)];
        List<StageArtefact> artefacts = [];
        foreach (var (name, examples) in new[] { (StageSpec.Easy, learned), (StageSpec.Hard, notLearned), (StageSpec.Random, all) })
        {
            var order = random.Permutation(examples.Length);
            fence.Check();
            artefacts.Add(StageSubset.Create(_folder, _data.Dataset, new SubsetRequest
            {
                Name = name,
                Train = Drawn(examples, order.AsSpan(0, _spec.Train)),
                Test = Drawn(examples, order.AsSpan(_spec.Train, _spec.Test)),
                Origin = string.Create(
                    CultureInfo.InvariantCulture, $"{name} examples of {Path.GetFileName(_from.Path)}, drawn with seed {_stage.Seed}"),
            }));
        }

        return new StageResult
        {
            ModelSha256 = _modelSha256,
            DatasetChecksum = _data.Dataset.Checksum(),
            Learned = learned.Length,
            NotLearned = notLearned.Length,
            Artefacts = artefacts,
        };
    }

    public override void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }

    // Ascending, so that the shards are read in order.
    private static int[] Drawn(int[] examples, ReadOnlySpan<int> positions)
    {
        var drawn = new int[positions.Length];
        for (var i = 0; i < drawn.Length; i++)
        {
            drawn[i] = examples[positions[i]];
        }

        Array.Sort(drawn);
        return drawn;
    }

    private (int[] Learned, int[] NotLearned) Classify(Action<int> progress, CancellationToken cancellationToken)
    {
        List<int> learned = [];
        List<int> notLearned = [];
        // Whole batches, so that the parts have the batches of one pass.
        var part = Math.Max(1, Part / BatchSize) * BatchSize;
        for (var first = 0; first < Total; first += part)
        {
            int[] examples = [.. Enumerable.Range(first, Math.Min(part, Total - first))];
            var scores = _evaluator.Score(_data.Train, _data.Labels.Labels, examples, cancellationToken);
            for (var i = 0; i < examples.Length; i++)
            {
                (scores.Ranks[i] == 0 ? learned : notLearned).Add(examples[i]);
            }

            progress(first + examples.Length);
        }

        return ([.. learned], [.. notLearned]);
    }

    private void Write(string file, int[] examples) => AtomicFile.WriteText(
        Path.Combine(_folder.Path, file),
        string.Concat(examples.Select(example => example.ToString(CultureInfo.InvariantCulture) + "\n").Prepend("index\n")));

    private void CheckCounts(int learned, int notLearned)
    {
        var wanted = _spec.Train + _spec.Test;
        if (Math.Min(learned, notLearned) >= wanted)
        {
            return;
        }

        var remedy = learned < notLearned ? "Train it for more epochs" : "Train it for fewer epochs";
        throw UserErrorException.Final(string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(_from.Path)} has learned {learned} of {Total} training examples and not learned {notLearned}, but {wanted} of each are needed "
            + $"({_spec.Train} train + {_spec.Test} test). {remedy}, or ask for fewer examples."));
    }
}
