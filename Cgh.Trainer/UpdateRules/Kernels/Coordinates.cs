using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Applies an update to all coordinates of a vector in one pass.</summary>
internal static class Coordinates
{
    // Smaller parts are done before another thread has started.
    private const long MinPartLength = 1 << 17;

    // Parts start at cache lines, which have 16 values.
    private const long Line = 16;

    /// <summary>Updates <paramref name="length"/> coordinates. The result does not depend on the number of threads or the width.</summary>
    /// <returns>Whether all new weights are finite.</returns>
    public static bool Update<TUpdate>(TUpdate update, long length, int threads, KernelWidth width)
        where TUpdate : struct, IUpdate
    {
        var parts = (int)Math.Clamp(length / MinPartLength, 1, threads);
        if (parts == 1)
        {
            return Update(update, 0, length, width);
        }

        var notFinite = 0;
        var size = ((length / parts) + Line) / Line * Line;
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
        {
            if (!Update(update, part * size, Math.Min((part + 1) * size, length), width))
            {
                Interlocked.Exchange(ref notFinite, 1);
            }
        });
        return notFinite == 0;
    }

    private static bool Update<TUpdate>(TUpdate update, long from, long to, KernelWidth width)
        where TUpdate : struct, IUpdate => width switch
        {
            KernelWidth.Bits512 => Update<TUpdate, Lanes16, Vector512<float>>(update, from, to),
            KernelWidth.Bits256 => Update<TUpdate, Lanes8, Vector256<float>>(update, from, to),
            KernelWidth.Bits128 => Update<TUpdate, Lanes4, Vector128<float>>(update, from, to),
            KernelWidth.Scalar => Update<TUpdate, Lanes1, float>(update, from, to),
            _ => throw new UnreachableException(),
        };

    // Checks for finite weights by summing w * 0, which is 0 for a finite w and NaN otherwise. This adds only one operation on weights that are
    // already in a register.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Update<TUpdate, TLanes, TVector>(TUpdate update, long from, long to)
        where TUpdate : struct, IUpdate
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var zero = TLanes.All(0);
        var check = zero;
        var at = from;
        for (; at <= to - TLanes.Count; at += TLanes.Count)
        {
            check = TLanes.MultiplyAdd(update.Step<TLanes, TVector>(at), zero, check);
        }

        var rest = 0f;
        for (; at < to; at++)
        {
            rest = Lanes1.MultiplyAdd(update.Step<Lanes1, float>(at), 0, rest);
        }

        return !TLanes.AnyNaN(check) && !float.IsNaN(rest);
    }
}
