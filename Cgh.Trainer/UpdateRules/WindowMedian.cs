using Cgh.Core.Runs;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of the last K mini-batch gradients, with K odd: RM3 with a longer window, computed as a trimmed mean of one value.</summary>
[UpdateRule("median")]
internal sealed class WindowMedian(FlatWeights weights, RunSpec spec) : TrimmedMean(weights, spec, trim: spec.Rule['K'] / 2);
