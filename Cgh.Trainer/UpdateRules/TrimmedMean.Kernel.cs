using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal partial class TrimmedMean : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) => Move(updates, decay, window => (window.Count, _trim) switch
    {
        (3, 0) => updates.Window<MeanEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay),
        (3, _) => updates.Window<MedianEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay),
        _ => updates.Trimmed(Weights.Values, window, _trim, learningRate, decay),
    });
}
