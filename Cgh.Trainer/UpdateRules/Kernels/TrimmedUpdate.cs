using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// <c>newest += decay * w; w -= rate * mean</c>, with the trimmed mean of five, seven or nine gradients; the counterpart of
/// <see cref="WindowUpdate{TEstimate, TDecay}"/> for three. With weight decay, the newest gradient is written back.
/// </summary>
/// <typeparam name="TWindow">Number of gradients.</typeparam>
/// <typeparam name="TTrim">Number of smallest values to drop, and of largest.</typeparam>
/// <typeparam name="TDecay">Whether there is weight decay.</typeparam>
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
