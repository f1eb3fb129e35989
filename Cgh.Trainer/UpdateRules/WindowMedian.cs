using Cgh.Core.Runs;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of the last K mini-batch gradients, K odd: RM3 with a longer window. A trimmed mean of which only the middle value is left.</summary>
[UpdateRule("median")]
internal sealed class WindowMedian(FlatWeights weights, RunSpec spec) : TrimmedMean(weights, spec, trim: spec.Rule['K'] / 2);
