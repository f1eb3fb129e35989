using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal sealed partial class Ra3 : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) =>
        Move(updates, decay, window => updates.Window<MeanEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay));
}
