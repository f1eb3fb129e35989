using System.Numerics;

namespace Cgh.Core.Numpy;

/// <summary>
/// NumPy's legacy <c>RandomState</c>: the same numbers in the same order for the same seed, so that label noise drawn here
/// is label noise drawn by the authors' code. Source: NumPy's <c>mt19937.c</c>, <c>distributions.c</c> and <c>mtrand.pyx</c>
/// as documented behaviour, held against NumPy's own output in the tests. Not safe for use by several threads.
/// </summary>
public sealed class RandomState
{
    private const int Length = 624;
    private const int Shift = 397;

    private readonly uint[] _key = new uint[Length];
    private int _position = Length;

    /// <summary>Seeds as <c>RandomState(seed)</c> does for an integer.</summary>
    public RandomState(uint seed)
    {
        for (var i = 0; i < Length; i++)
        {
            _key[i] = seed;
            seed = (1812433253u * (seed ^ (seed >> 30))) + (uint)i + 1u;
        }
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_position == Length)
        {
            Regenerate();
        }

        var y = _key[_position++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>The next value in [0, 1) with 53 random bits, as <c>random_sample()</c>.</summary>
    public double NextDouble()
    {
        var high = NextUInt32() >> 5;
        var low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary><c>uniform(low, high, count)</c>.</summary>
    public double[] Uniform(double low, double high, int count)
    {
        var values = new double[count];
        var range = high - low;
        for (var i = 0; i < count; i++)
        {
            values[i] = low + (range * NextDouble());
        }

        return values;
    }

    /// <summary><c>randint(0, high, count)</c> with the default 64-bit dtype: masked rejection on 32 bits where they suffice.</summary>
    /// <param name="high">Exclusive upper bound, at least 1.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is below 1.</exception>
    public long[] RandInt(long high, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high, 1);
        var values = new long[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = (long)Bounded((ulong)(high - 1));
        }

        return values;
    }

    /// <summary><c>permutation(count)</c>: the integers 0 to count - 1, shuffled.</summary>
    public int[] Permutation(int count)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = i;
        }

        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)Bounded((ulong)i);
            (values[i], values[j]) = (values[j], values[i]);
        }

        return values;
    }

    // A value in [0, max], both included.
    private ulong Bounded(ulong max)
    {
        if (max == 0)
        {
            return 0;
        }

        if (max == uint.MaxValue)
        {
            return NextUInt32();
        }

        var mask = ulong.MaxValue >> BitOperations.LeadingZeroCount(max);
        ulong value;
        do
        {
            value = max <= uint.MaxValue ? NextUInt32() & mask : (((ulong)NextUInt32() << 32) | NextUInt32()) & mask;
        }
        while (value > max);
        return value;
    }

    private void Regenerate()
    {
        for (var i = 0; i < Length; i++)
        {
            var y = (_key[i] & 0x80000000u) | (_key[(i + 1) % Length] & 0x7fffffffu);
            _key[i] = _key[(i + Shift) % Length] ^ (y >> 1) ^ ((y & 1) * 0x9908b0dfu);
        }

        _position = 0;
    }
}
