using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Stages;

/// <summary>What the stages that draw easy, hard and random subsets have in common.</summary>
internal static class EasyAndHard
{
    /// <summary>Writes which examples were learned, and which were not.</summary>
    public static void WriteLearned(RunFolder stage, IEnumerable<int> learned, IEnumerable<int> notLearned)
    {
        IndexFile.Write(Path.Combine(stage.Path, StageSpec.LearnedFile), learned);
        IndexFile.Write(Path.Combine(stage.Path, StageSpec.NotLearnedFile), notLearned);
    }

    /// <summary>Draws the subsets with the stage's seed, each with training examples and, disjoint from them, test examples.</summary>
    /// <param name="settings">Settings of the stage's attempt.</param>
    /// <param name="dataset">The dataset that the examples belong to.</param>
    /// <param name="run">Name of the run that the examples are of.</param>
    /// <param name="easy">The easy examples, at least as many as a subset has.</param>
    /// <param name="hard">The hard examples, likewise.</param>
    /// <param name="fence">Checked before every write.</param>
    public static IReadOnlyList<StageArtefact> Draw(AttemptSettings settings, Dataset dataset, string run, int[] easy, int[] hard, RunFence fence)
    {
        var spec = settings.Record.Spec;
        var sizes = spec.Derive!;
        int[] all = [.. Enumerable.Range(0, dataset.Manifest.Train.Images)];

        // In this order from one generator.
        var random = new RandomState(spec.Seed);
        List<StageArtefact> artefacts = [];
        foreach (var (name, examples) in new[] { (StageSpec.Easy, easy), (StageSpec.Hard, hard), (StageSpec.Random, all) })
        {
            var order = random.Permutation(examples.Length);
            fence.Check();
            artefacts.Add(StageSubset.Create(settings.Folder, dataset, new SubsetRequest
            {
                Name = name,
                Train = Drawn(examples, order.AsSpan(0, sizes.Train)),
                Test = sizes.HasOwnTest ? Drawn(examples, order.AsSpan(sizes.Train, sizes.Test)) : null,
                Origin = string.Create(CultureInfo.InvariantCulture, $"{name} examples of {run}, drawn with seed {spec.Seed}"),
            }));
        }

        return artefacts;
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
}
