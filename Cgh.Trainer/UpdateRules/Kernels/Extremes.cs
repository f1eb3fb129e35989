using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// Keeps the smallest or the largest values of a stream, sorted, for each coordinate of a register. Inserting a value takes a minimum and a maximum
/// for each value kept, and no branch. NaN is not supported: it may be lost.
/// </summary>
internal static unsafe class Extremes<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    /// <summary>Sets all <paramref name="count"/> registers of <paramref name="kept"/> to a value.</summary>
    public static void Fill(float* kept, int count, float value)
    {
        for (var i = 0; i < count; i++)
        {
            TLanes.Store(TLanes.All(value), kept + (i * TLanes.Count));
        }
    }

    /// <summary>Inserts a value into the smallest ones, smallest first.</summary>
    /// <returns>The value that is no longer one of them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Smallest(float* kept, int count, TVector value)
    {
        for (var end = kept + (count * TLanes.Count); kept < end; kept += TLanes.Count)
        {
            var held = TLanes.Load(kept);
            TLanes.Store(TLanes.Min(held, value), kept);
            value = TLanes.Max(held, value);
        }

        return value;
    }

    /// <summary>Inserts a value into the largest ones, largest first.</summary>
    /// <returns>The value that is no longer one of them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Largest(float* kept, int count, TVector value)
    {
        for (var end = kept + (count * TLanes.Count); kept < end; kept += TLanes.Count)
        {
            var held = TLanes.Load(kept);
            TLanes.Store(TLanes.Max(held, value), kept);
            value = TLanes.Min(held, value);
        }

        return value;
    }
}
