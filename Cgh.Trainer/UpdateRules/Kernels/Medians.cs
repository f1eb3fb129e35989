using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Median of an odd number of gradients at the coordinates of a register: one of the values, or NaN if any of them is.</summary>
internal unsafe interface IMedian
{
    static abstract TVector Of<TLanes, TVector>(float** gradients, int count, long at)
        where TLanes : ILanes<TVector>
        where TVector : struct;
}

internal readonly unsafe struct Median5 : IMedian
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(float** gradients, int count, long at)
        where TLanes : ILanes<TVector>
        where TVector : struct => Window5.TrimmedMean<TLanes, TVector, Trim2>(gradients, at, TLanes.Load(gradients[4] + at));
}

internal readonly unsafe struct Median7 : IMedian
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(float** gradients, int count, long at)
        where TLanes : ILanes<TVector>
        where TVector : struct => Window7.TrimmedMean<TLanes, TVector, Trim3>(gradients, at, TLanes.Load(gradients[6] + at));
}

internal readonly unsafe struct Median9 : IMedian
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(float** gradients, int count, long at)
        where TLanes : ILanes<TVector>
        where TVector : struct => Window9.TrimmedMean<TLanes, TVector, Trim4>(gradients, at, TLanes.Load(gradients[8] + at));
}

/// <summary>Keeps the smaller half of the gradients, sorted, on the stack; the largest of them is the median.</summary>
internal readonly unsafe struct MedianOfMany : IMedian
{
    // Not inlined: the stack of a caller's loop would grow with every call.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TVector Of<TLanes, TVector>(float** gradients, int count, long at)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var kept = (count / 2) + 1;
        var smallest = stackalloc float[kept * TLanes.Count];
        Extremes<TLanes, TVector>.Fill(smallest, kept, float.PositiveInfinity);
        var poison = TLanes.All(-0f);
        for (var i = 0; i < count; i++)
        {
            var gradient = TLanes.Load(gradients[i] + at);
            poison = TLanes.NaNWhere(poison, gradient, gradient);
            Extremes<TLanes, TVector>.Smallest(smallest, kept, gradient);
        }

        return TLanes.Add(TLanes.Load(smallest + ((kept - 1) * TLanes.Count)), poison);
    }
}
