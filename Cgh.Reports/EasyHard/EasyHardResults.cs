using Cgh.Core.Experiments;

namespace Cgh.Reports;

/// <summary>A training on one of the three subsets; all figures are top-1 accuracies in percent.</summary>
/// <param name="Train">On the training examples of the subset at the end, or on 50,000 of them.</param>
/// <param name="Test">On the subset's own test set.</param>
/// <param name="Gap">The generalization gap, <paramref name="Train"/> minus <paramref name="Test"/>, in percentage points.</param>
/// <param name="OriginalTest">On the test set of the whole dataset.</param>
public sealed record EasyHardSubset(double Train, double Test, double Gap, double OriginalTest);

/// <summary>One seed of an easy-and-hard experiment: a short training, a split by what it learned, and a training on each subset.</summary>
public sealed record EasyHardSeed
{
    /// <summary>Seed of the trainings on the subsets.</summary>
    public required uint Seed { get; init; }

    /// <summary>Number of training examples that the short training classified correctly.</summary>
    public required int Learned { get; init; }

    /// <summary>Number of training examples that it classified wrongly.</summary>
    public required int NotLearned { get; init; }

    public required EasyHardSubset Easy { get; init; }

    /// <summary>The control: examples drawn from all.</summary>
    public required EasyHardSubset Random { get; init; }

    public required EasyHardSubset Hard { get; init; }

    /// <summary>The three subsets, in the order of <see cref="EasyHardChain.Subsets"/>.</summary>
    internal IReadOnlyList<EasyHardSubset> Subsets => [Easy, Random, Hard];

    /// <summary>Whether the gaps rise from easy over random to hard.</summary>
    internal bool HasExpectedOrder => Easy.Gap < Random.Gap && Random.Gap < Hard.Gap;
}
