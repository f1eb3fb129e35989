using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary><c>newest += decay * w</c>: applies weight decay to a gradient while the window fills.</summary>
internal readonly unsafe struct DecayUpdate(float* weights, float* newest, float decay) : IUpdate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var weight = TLanes.Load(weights + at);
        TLanes.Store(TLanes.MultiplyAdd(weight, TLanes.All(decay), TLanes.Load(newest + at)), newest + at);
        return weight;
    }
}
