using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary><c>w -= rate * estimate(a + decay * w, b + decay * w, c + decay * w)</c>: a step of M3. The gradients are not changed.</summary>
/// <typeparam name="TEstimate">Estimate from the three gradients.</typeparam>
/// <typeparam name="TDecay">Whether there is weight decay.</typeparam>
internal readonly unsafe struct GroupsUpdate<TEstimate, TDecay>(float* weights, float* first, float* second, float* third, float rate, float decay) : IUpdate
    where TEstimate : IEstimate
    where TDecay : IChoice
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var weight = TLanes.Load(weights + at);
        var a = TLanes.Load(first + at);
        var b = TLanes.Load(second + at);
        var c = TLanes.Load(third + at);
        if (TDecay.Holds)
        {
            a = TLanes.MultiplyAdd(weight, TLanes.All(decay), a);
            b = TLanes.MultiplyAdd(weight, TLanes.All(decay), b);
            c = TLanes.MultiplyAdd(weight, TLanes.All(decay), c);
        }

        weight = TLanes.MultiplyAdd(TEstimate.Of<TLanes, TVector>(a, b, c), TLanes.All(-rate), weight);
        TLanes.Store(weight, weights + at);
        return weight;
    }
}
