using System.Runtime.CompilerServices;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Number of smallest values that a trimmed mean drops, and of largest. A compile-time constant, so that unused operations are eliminated.</summary>
internal interface ITrim
{
    static abstract int Count { get; }
}

internal readonly struct Trim0 : ITrim
{
    public static int Count => 0;
}

internal readonly struct Trim1 : ITrim
{
    public static int Count => 1;
}

internal readonly struct Trim2 : ITrim
{
    public static int Count => 2;
}

internal readonly struct Trim3 : ITrim
{
    public static int Count => 3;
}

internal readonly struct Trim4 : ITrim
{
    public static int Count => 4;
}

/// <summary>
/// Trimmed mean of the gradients of a number of mini-batches, sorted in registers by a sorting network. The remaining values are summed from smallest
/// to largest or, if nothing is dropped, from oldest to newest, each operation rounded. The mean is NaN if any gradient is.
/// </summary>
/// <remarks>The networks have 9, 16 and 25 comparators, the minimum for five, seven and nine values. The compiler eliminates unused ones.</remarks>
internal unsafe interface IWindow
{
    /// <param name="older">Gradients before the newest, oldest first.</param>
    /// <param name="at">First coordinate of the register.</param>
    /// <param name="newest">Newest gradient at these coordinates.</param>
    static abstract TVector TrimmedMean<TLanes, TVector, TTrim>(float** older, long at, TVector newest)
        where TLanes : ILanes<TVector>
        where TVector : struct
        where TTrim : ITrim;
}

internal readonly unsafe struct Window5 : IWindow
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector TrimmedMean<TLanes, TVector, TTrim>(float** older, long at, TVector newest)
        where TLanes : ILanes<TVector>
        where TVector : struct
        where TTrim : ITrim
    {
        TVector a = TLanes.Load(older[0] + at), b = TLanes.Load(older[1] + at), c = TLanes.Load(older[2] + at), d = TLanes.Load(older[3] + at), e = newest;
        if (TTrim.Count == 0)
        {
            return Registers<TLanes, TVector>.Mean(a, b, c, d, e);
        }

        var poison = TLanes.NaNWhere(Registers<TLanes, TVector>.Poison(a, b, c, d), e, e);
        Registers<TLanes, TVector>.Sort(ref a, ref d);
        Registers<TLanes, TVector>.Sort(ref b, ref e);

        Registers<TLanes, TVector>.Sort(ref a, ref c);
        Registers<TLanes, TVector>.Sort(ref b, ref d);

        Registers<TLanes, TVector>.Sort(ref a, ref b);
        Registers<TLanes, TVector>.Sort(ref c, ref e);

        Registers<TLanes, TVector>.Sort(ref b, ref c);
        Registers<TLanes, TVector>.Sort(ref d, ref e);

        Registers<TLanes, TVector>.Sort(ref c, ref d);

        return TLanes.Add(TTrim.Count == 1 ? Registers<TLanes, TVector>.Mean(b, c, d) : c, poison);
    }
}

internal readonly unsafe struct Window7 : IWindow
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector TrimmedMean<TLanes, TVector, TTrim>(float** older, long at, TVector newest)
        where TLanes : ILanes<TVector>
        where TVector : struct
        where TTrim : ITrim
    {
        TVector a = TLanes.Load(older[0] + at), b = TLanes.Load(older[1] + at), c = TLanes.Load(older[2] + at), d = TLanes.Load(older[3] + at),
            e = TLanes.Load(older[4] + at), f = TLanes.Load(older[5] + at), g = newest;
        if (TTrim.Count == 0)
        {
            return Registers<TLanes, TVector>.Mean(a, b, c, d, e, f, g);
        }

        var poison = TLanes.NaNWhere(TLanes.NaNWhere(Registers<TLanes, TVector>.Poison(a, b, c, d), e, f), g, g);
        Registers<TLanes, TVector>.Sort(ref a, ref g);
        Registers<TLanes, TVector>.Sort(ref c, ref d);
        Registers<TLanes, TVector>.Sort(ref e, ref f);

        Registers<TLanes, TVector>.Sort(ref a, ref c);
        Registers<TLanes, TVector>.Sort(ref b, ref e);
        Registers<TLanes, TVector>.Sort(ref d, ref g);

        Registers<TLanes, TVector>.Sort(ref a, ref b);
        Registers<TLanes, TVector>.Sort(ref c, ref f);
        Registers<TLanes, TVector>.Sort(ref d, ref e);

        Registers<TLanes, TVector>.Sort(ref b, ref c);
        Registers<TLanes, TVector>.Sort(ref e, ref g);

        Registers<TLanes, TVector>.Sort(ref c, ref d);
        Registers<TLanes, TVector>.Sort(ref e, ref f);

        Registers<TLanes, TVector>.Sort(ref b, ref c);
        Registers<TLanes, TVector>.Sort(ref d, ref e);
        Registers<TLanes, TVector>.Sort(ref f, ref g);

        var mean = TTrim.Count switch
        {
            1 => Registers<TLanes, TVector>.Mean(b, c, d, e, f),
            2 => Registers<TLanes, TVector>.Mean(c, d, e),
            _ => d,
        };
        return TLanes.Add(mean, poison);
    }
}

internal readonly unsafe struct Window9 : IWindow
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector TrimmedMean<TLanes, TVector, TTrim>(float** older, long at, TVector newest)
        where TLanes : ILanes<TVector>
        where TVector : struct
        where TTrim : ITrim
    {
        TVector a = TLanes.Load(older[0] + at), b = TLanes.Load(older[1] + at), c = TLanes.Load(older[2] + at), d = TLanes.Load(older[3] + at),
            e = TLanes.Load(older[4] + at), f = TLanes.Load(older[5] + at), g = TLanes.Load(older[6] + at), h = TLanes.Load(older[7] + at), i = newest;
        if (TTrim.Count == 0)
        {
            return Registers<TLanes, TVector>.Mean(a, b, c, d, e, f, g, h, i);
        }

        var poison = TLanes.NaNWhere(TLanes.NaNWhere(TLanes.NaNWhere(Registers<TLanes, TVector>.Poison(a, b, c, d), e, f), g, h), i, i);
        Registers<TLanes, TVector>.Sort(ref a, ref d);
        Registers<TLanes, TVector>.Sort(ref b, ref h);
        Registers<TLanes, TVector>.Sort(ref c, ref f);
        Registers<TLanes, TVector>.Sort(ref e, ref i);

        Registers<TLanes, TVector>.Sort(ref a, ref h);
        Registers<TLanes, TVector>.Sort(ref c, ref e);
        Registers<TLanes, TVector>.Sort(ref d, ref i);
        Registers<TLanes, TVector>.Sort(ref f, ref g);

        Registers<TLanes, TVector>.Sort(ref a, ref c);
        Registers<TLanes, TVector>.Sort(ref b, ref d);
        Registers<TLanes, TVector>.Sort(ref e, ref f);
        Registers<TLanes, TVector>.Sort(ref h, ref i);

        Registers<TLanes, TVector>.Sort(ref b, ref e);
        Registers<TLanes, TVector>.Sort(ref d, ref g);
        Registers<TLanes, TVector>.Sort(ref f, ref h);

        Registers<TLanes, TVector>.Sort(ref a, ref b);
        Registers<TLanes, TVector>.Sort(ref c, ref e);
        Registers<TLanes, TVector>.Sort(ref d, ref f);
        Registers<TLanes, TVector>.Sort(ref g, ref i);

        Registers<TLanes, TVector>.Sort(ref c, ref d);
        Registers<TLanes, TVector>.Sort(ref e, ref f);
        Registers<TLanes, TVector>.Sort(ref g, ref h);

        Registers<TLanes, TVector>.Sort(ref b, ref c);
        Registers<TLanes, TVector>.Sort(ref d, ref e);
        Registers<TLanes, TVector>.Sort(ref f, ref g);

        var mean = TTrim.Count switch
        {
            1 => Registers<TLanes, TVector>.Mean(b, c, d, e, f, g, h),
            2 => Registers<TLanes, TVector>.Mean(c, d, e, f, g),
            3 => Registers<TLanes, TVector>.Mean(d, e, f),
            _ => e,
        };
        return TLanes.Add(mean, poison);
    }
}

/// <summary>Operations shared by the windows.</summary>
internal static class Registers<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    /// <summary>Returns NaN where any of the four is, otherwise -0, the neutral element of addition. Needed as sorting may drop a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Poison(TVector a, TVector b, TVector c, TVector d) => TLanes.NaNWhere(TLanes.NaNWhere(TLanes.All(-0f), a, b), c, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sort(ref TVector low, ref TVector high)
    {
        var smaller = TLanes.Min(low, high);
        high = TLanes.Max(low, high);
        low = smaller;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mean(TVector a, TVector b, TVector c) => TLanes.Divide(Sum(a, b, c), TLanes.All(3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mean(TVector a, TVector b, TVector c, TVector d, TVector e) => TLanes.Divide(Sum(Sum(a, b, c), d, e), TLanes.All(5));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mean(TVector a, TVector b, TVector c, TVector d, TVector e, TVector f, TVector g) =>
        TLanes.Divide(Sum(Sum(Sum(a, b, c), d, e), f, g), TLanes.All(7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mean(TVector a, TVector b, TVector c, TVector d, TVector e, TVector f, TVector g, TVector h, TVector i) =>
        TLanes.Divide(Sum(Sum(Sum(Sum(a, b, c), d, e), f, g), h, i), TLanes.All(9));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum(TVector a, TVector b, TVector c) => TLanes.Add(TLanes.Add(a, b), c);
}
