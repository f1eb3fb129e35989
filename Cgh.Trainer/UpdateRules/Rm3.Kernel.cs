using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal sealed partial class Rm3 : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) => Move(updates, decay, window => _formula == MedianFormula.Exact
        ? updates.Window<MedianEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay)
        : updates.Window<AuthorsMedianEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay));
}
