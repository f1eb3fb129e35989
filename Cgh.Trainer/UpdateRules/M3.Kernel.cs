using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal sealed partial class M3 : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) => _formula == MedianFormula.Exact
        ? updates.Groups<MedianEstimate>(Weights.Values, Gradients[0], Gradients[1], Gradients[2], learningRate, decay)
        : updates.Groups<AuthorsMedianEstimate>(Weights.Values, Gradients[0], Gradients[1], Gradients[2], learningRate, decay);
}
