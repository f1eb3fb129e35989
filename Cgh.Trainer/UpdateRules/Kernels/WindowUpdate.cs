using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// <c>newest += decay * w; w -= rate * estimate(oldest, previous, newest)</c>: a step of RM3 or RA3. With weight decay, the
/// newest gradient is written back, because the next two steps need it with the decay of these weights.
/// </summary>
/// <typeparam name="TEstimate">Estimate from the three gradients.</typeparam>
/// <typeparam name="TDecay">Whether there is weight decay.</typeparam>
internal readonly unsafe struct WindowUpdate<TEstimate, TDecay>(
    float* weights,
    float* oldest,
    float* previous,
    float* newest,
    float rate,
    float decay) : IUpdate
    where TEstimate : IEstimate
    where TDecay : IChoice
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var weight = TLanes.Load(weights + at);
        var gradient = TLanes.Load(newest + at);
        if (TDecay.Holds)
        {
            gradient = TLanes.MultiplyAdd(weight, TLanes.All(decay), gradient);
            TLanes.Store(gradient, newest + at);
        }

        var estimate = TEstimate.Of<TLanes, TVector>(TLanes.Load(oldest + at), TLanes.Load(previous + at), gradient);
        weight = TLanes.MultiplyAdd(estimate, TLanes.All(-rate), weight);
        TLanes.Store(weight, weights + at);
        return weight;
    }
}
