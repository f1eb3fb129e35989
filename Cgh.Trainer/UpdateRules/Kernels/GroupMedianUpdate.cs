using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// <c>w -= rate * (median(gradients) + decay * w)</c>: a step of the median of means. Adding the same to all values and rounding keeps their order, so this is
/// also the median of the gradients with weight decay. The gradients are not changed.
/// </summary>
/// <typeparam name="TMedian">Median of the gradients.</typeparam>
/// <typeparam name="TDecay">Whether there is weight decay.</typeparam>
internal readonly unsafe struct GroupMedianUpdate<TMedian, TDecay>(float* weights, float** gradients, int count, float rate, float decay) : IUpdate
    where TMedian : IMedian
    where TDecay : IChoice
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Step<TLanes, TVector>(long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var weight = TLanes.Load(weights + at);
        var median = TMedian.Of<TLanes, TVector>(gradients, count, at);
        if (TDecay.Holds)
        {
            median = TLanes.MultiplyAdd(weight, TLanes.All(decay), median);
        }

        weight = TLanes.MultiplyAdd(median, TLanes.All(-rate), weight);
        TLanes.Store(weight, weights + at);
        return weight;
    }
}
