using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// <c>newest += decay * w; w -= rate * mean</c> of the gradients of a window that are left without the smallest and the largest: what
/// <see cref="WindowUpdate{TEstimate, TDecay}"/> is for three, for five, seven and nine. The newest gradient is written back where there is decay.
/// </summary>
/// <typeparam name="TWindow">How many gradients.</typeparam>
/// <typeparam name="TTrim">How many of the smallest, and of the largest, are dropped.</typeparam>
/// <typeparam name="TDecay">Whether decay is not zero.</typeparam>
internal readonly unsafe struct TrimmedUpdate<TWindow, TTrim, TDecay>(float* weights, float** older, float* newest, float rate, float decay) : IUpdate
    where TWindow : IWindow
    where TTrim : ITrim
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

        weight = TLanes.MultiplyAdd(TWindow.TrimmedMean<TLanes, TVector, TTrim>(older, at, gradient), TLanes.All(-rate), weight);
        TLanes.Store(weight, weights + at);
        return weight;
    }
}
