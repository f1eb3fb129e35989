using System.Globalization;
using Cgh.Core;
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
    private readonly AttemptSettings _settings;

    public SplitStage(StageSpec spec, AttemptSettings settings, Device device)
        : base(spec, settings, device)
    {
        _spec = spec;
        _settings = settings;
    }

    public override StageResult Derive(RunFence fence, Action<int> progress, CancellationToken cancellationToken)
    {
        var (learned, notLearned) = Classify(progress, cancellationToken);
        fence.Check();
        EasyAndHard.WriteLearned(_settings.Folder, learned, notLearned);
        CheckCounts(learned.Length, notLearned.Length);

        var artefacts = EasyAndHard.Draw(_settings, From.Data.Dataset, From.Name, learned, notLearned, fence);
        return new StageResult
        {
            ModelSha256 = From.ModelSha256,
            DatasetChecksum = From.Data.Dataset.Checksum(),
            Learned = learned.Length,
            NotLearned = notLearned.Length,
            Artefacts = artefacts,
        };
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
