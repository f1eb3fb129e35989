using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal partial class Sgd : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) =>
        updates.Sgd(Weights.Values, Gradient.Values, _velocity, learningRate, _momentum, decay);
}
