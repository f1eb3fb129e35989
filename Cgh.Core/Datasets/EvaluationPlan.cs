using Cgh.Core.Runs;

namespace Cgh.Core.Datasets;

/// <summary>
/// The training examples of an evaluation. The pristine, corrupt and train-sample sets overlap, so every example gets one forward
/// pass, whose results all sets share.
/// </summary>
public sealed class EvaluationPlan
{
    /// <summary>Builds the plan for the evaluation sets of a label set.</summary>
    public EvaluationPlan(EvaluationExamples examples)
        : this(examples, examples.Pristine.Concat(examples.Corrupt).Concat(examples.TrainSample).Distinct().Order())
    {
    }

    private EvaluationPlan(EvaluationExamples examples, IEnumerable<int> union)
    {
        Union = [.. union];
        var at = Union.Select((example, position) => (example, position)).ToDictionary(pair => pair.example, pair => pair.position);
        int[] Positions(int[] set) => [.. set.Select(example => at[example]).Order()];
        Sets =
        [
            (Curves.Pristine, Positions(examples.Pristine)),
            (Curves.Corrupt, Positions(examples.Corrupt)),
            (Curves.TrainSample, Positions(examples.TrainSample)),
        ];
    }

    /// <summary>A plan for the same sets whose pass goes through all training examples, for those who need the scores of each.</summary>
    /// <param name="examples">The evaluation sets.</param>
    /// <param name="count">Number of training examples.</param>
    public static EvaluationPlan OfAll(EvaluationExamples examples, int count) => new(examples, Enumerable.Range(0, count));

    /// <summary>Training examples to evaluate, ascending, so that the shards are read in order.</summary>
    public int[] Union { get; }

    /// <summary>For each set, the positions of its examples in <see cref="Union"/>, ascending, so that sums have a fixed order.</summary>
    public IReadOnlyList<(string Curve, int[] Positions)> Sets { get; }
}
