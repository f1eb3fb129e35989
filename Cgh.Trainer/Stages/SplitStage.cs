using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Stages;

/// <summary>
/// Classifies every training example of a run once, with its final weights, and draws a subset of those that it has learned and of those that it has not,
/// as the authors do (arXiv 2003.07422), and as a control one of all.
/// </summary>
internal sealed class SplitStage : TrainedStage
{
    private readonly StageSpec _spec;
    private readonly RunSpec _stage;
    private readonly RunFolder _folder;

    public SplitStage(StageSpec spec, AttemptSettings settings, Device device)
        : base(spec, settings, device)
    {
        _spec = spec;
        _stage = settings.Record.Spec;
        _folder = settings.Folder;
    }

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var (learned, notLearned) = Classify(progress, cancellationToken);
        fence.Check();
        IndexFile.Write(Path.Combine(_folder.Path, StageSpec.LearnedFile), learned);
        IndexFile.Write(Path.Combine(_folder.Path, StageSpec.NotLearnedFile), notLearned);
        CheckCounts(learned.Length, notLearned.Length);

        // In this order from one generator: easy, hard, random.
        var random = new RandomState(_stage.Seed);
        int[] all = [.. Enumerable.Range(0, Total)];
        List<StageArtefact> artefacts = [];
        foreach (var (name, examples) in new[] { (StageSpec.Easy, learned), (StageSpec.Hard, notLearned), (StageSpec.Random, all) })
        {
            var order = random.Permutation(examples.Length);
            fence.Check();
            artefacts.Add(StageSubset.Create(_folder, From.Data.Dataset, new SubsetRequest
            {
                Name = name,
                Train = Drawn(examples, order.AsSpan(0, _spec.Train)),
                Test = Drawn(examples, order.AsSpan(_spec.Train, _spec.Test)),
                Origin = string.Create(
                    CultureInfo.InvariantCulture, $"{name} examples of {From.Name}, drawn with seed {_stage.Seed}"),
            }));
        }

        return new StageResult
        {
            ModelSha256 = From.ModelSha256,
            DatasetChecksum = From.Data.Dataset.Checksum(),
            Learned = learned.Length,
            NotLearned = notLearned.Length,
            Artefacts = artefacts,
        };
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
        foreach (var examples in From.Parts())
        {
            var scores = From.Evaluator.Score(From.Data.Train, From.Data.Labels.Labels, examples, cancellationToken);
            for (var i = 0; i < examples.Length; i++)
            {
                (scores.Ranks[i] == 0 ? learned : notLearned).Add(examples[i]);
            }

            progress(examples[^1] + 1);
        }

        return ([.. learned], [.. notLearned]);
    }

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
            $"{From.Name} has learned {learned} of {Total} training examples and not learned {notLearned}, but {wanted} of each are needed "
            + $"({_spec.Train} train + {_spec.Test} test). {remedy}, or ask for fewer examples."));
    }
}
