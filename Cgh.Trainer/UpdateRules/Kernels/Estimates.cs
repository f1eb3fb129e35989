using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Estimate from three gradients at a coordinate.</summary>
internal interface IEstimate
{
    static abstract TVector Of<TLanes, TVector>(TVector a, TVector b, TVector c)
        where TLanes : ILanes<TVector>
        where TVector : struct;
}

/// <summary>Selects the median, bit for bit; NaN if any value is. As the second operand, <c>c</c> propagates its NaN by itself.</summary>
internal readonly struct MedianEstimate : IEstimate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(TVector a, TVector b, TVector c)
        where TLanes : ILanes<TVector>
        where TVector : struct =>
        TLanes.NaNWhere(TLanes.Max(TLanes.Min(a, b), TLanes.Min(TLanes.Max(a, b), c)), a, b);
}

/// <summary><c>((a + b) + c) / 3</c>, each operation rounded.</summary>
internal readonly struct MeanEstimate : IEstimate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(TVector a, TVector b, TVector c)
        where TLanes : ILanes<TVector>
        where TVector : struct =>
        TLanes.Divide(TLanes.Add(TLanes.Add(a, b), c), TLanes.All(3));
}

/// <summary>The authors' formula for the median, <c>((a + b) + c - min) - max</c>, each operation rounded. The sum propagates NaN.</summary>
internal readonly struct AuthorsMedianEstimate : IEstimate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(TVector a, TVector b, TVector c)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var sum = TLanes.Add(TLanes.Add(a, b), c);
        return TLanes.Subtract(TLanes.Subtract(sum, TLanes.Min(TLanes.Min(a, b), c)), TLanes.Max(TLanes.Max(a, b), c));
    }
}
