using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary><c>g += decay * w; v = momentum * v + g; w -= rate * v</c>; without momentum, <c>v</c> is <c>g</c>. The gradient is not changed.</summary>
/// <typeparam name="TDecay">Whether there is weight decay.</typeparam>
/// <typeparam name="TMomentum">Whether there is momentum.</typeparam>
internal readonly unsafe struct SgdUpdate<TDecay, TMomentum>(
    float* weights,
    float* gradient,
    float* velocity,
    float rate,
    float momentum,
    float decay) : IUpdate
    where TDecay : IChoice
    where TMomentum : IChoice
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var weight = TLanes.Load(weights + at);
        var step = TLanes.Load(gradient + at);
        if (TDecay.Holds)
        {
            step = TLanes.MultiplyAdd(weight, TLanes.All(decay), step);
        }

        if (TMomentum.Holds)
        {
            step = TLanes.Add(TLanes.Multiply(TLanes.Load(velocity + at), TLanes.All(momentum)), step);
            TLanes.Store(step, velocity + at);
        }

        weight = TLanes.MultiplyAdd(step, TLanes.All(-rate), weight);
        TLanes.Store(weight, weights + at);
        return weight;
    }
}
