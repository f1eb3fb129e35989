using Cgh.Core.Runs;

namespace Cgh.Core.Datasets;

/// <summary>
/// What an evaluation looks at. Pristine, corrupt and train-sample sets overlap, so each training example that any of them
/// needs gets one forward pass and its figures are shared.
/// </summary>
public sealed class EvaluationPlan
{
    public EvaluationPlan(EvaluationExamples examples)
    {
        Union = [.. examples.Pristine.Concat(examples.Corrupt).Concat(examples.TrainSample).Distinct().Order()];
        var at = Union.Select((example, position) => (example, position)).ToDictionary(pair => pair.example, pair => pair.position);
        int[] Positions(int[] set) => [.. set.Select(example => at[example]).Order()];
        Sets =
        [
            (Curves.Pristine, Positions(examples.Pristine)),
            (Curves.Corrupt, Positions(examples.Corrupt)),
            (Curves.TrainSample, Positions(examples.TrainSample)),
        ];
    }

    /// <summary>Training examples to evaluate, ascending: the memory map is read in order.</summary>
    public int[] Union { get; }

    /// <summary>For each set, where its examples stand in <see cref="Union"/>, ascending: sums have a fixed order.</summary>
    public IReadOnlyList<(string Curve, int[] Positions)> Sets { get; }
}
