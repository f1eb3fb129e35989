using System.Numerics;

namespace Cgh.Core.Numpy;

/// <summary>
/// NumPy's legacy <c>RandomState</c> (MT19937): the same seed gives the same numbers in the same order, so label noise equals that of
/// the authors' code. Follows NumPy's <c>mt19937.c</c>, <c>distributions.c</c> and <c>mtrand.pyx</c>; the tests compare it with
/// NumPy's output. Not thread-safe.
/// </summary>
public sealed class RandomState
{
    private const int Length = 624;
    private const int MiddleWord = 397;

    private readonly uint[] _key = new uint[Length];
    private int _position = Length;
    private double? _secondNormal;

    /// <summary>Seeds the generator like <c>RandomState(seed)</c>.</summary>
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

    /// <summary><c>random_sample()</c>: the next value in [0, 1), with 53 random bits.</summary>
    public double NextDouble()
    {
        var high = NextUInt32() >> 5;
        var low = NextUInt32() >> 6;
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary><c>uniform(low, high, count)</c>: values in [low, high).</summary>
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

    /// <summary><c>randint(0, high, count)</c>.</summary>
    /// <inheritdoc cref="RandInt(long, long, int)"/>
    public long[] RandInt(long high, int count) => RandInt(0, high, count);

    /// <summary><c>randint(low, high, count)</c> with the default 64-bit dtype: masked rejection on 32 bits where they suffice.</summary>
    /// <param name="low">Inclusive lower bound.</param>
    /// <param name="high">Exclusive upper bound, above <paramref name="low"/>.</param>
    /// <param name="count">Number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is not above <paramref name="low"/>.</exception>
    public long[] RandInt(long low, long high, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        var range = unchecked((ulong)high - (ulong)low - 1);
        var values = new long[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = unchecked((long)((ulong)low + Bounded(range)));
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

        Shuffle(values.AsSpan());
        return values;
    }

    /// <summary><c>permutation(values)</c> of a one-dimensional array: a shuffled copy.</summary>
    public T[] Permutation<T>(ReadOnlySpan<T> values)
    {
        var copy = values.ToArray();
        Shuffle(copy.AsSpan());
        return copy;
    }

    /// <summary><c>shuffle(values)</c> of a one-dimensional array, in place.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            // Bounded(i), inlined for 32 bits: this loop runs for every training example in every epoch.
            var mask = uint.MaxValue >> BitOperations.LeadingZeroCount((uint)i);
            uint j;
            do
            {
                j = NextUInt32() & mask;
            }
            while (j > (uint)i);
            (values[i], values[(int)j]) = (values[(int)j], values[i]);
        }
    }

    /// <summary><c>standard_normal()</c>: the polar method, which generates pairs and keeps the second value for the next call.</summary>
    public double NextNormal()
    {
        if (_secondNormal is { } secondNormal)
        {
            _secondNormal = null;
            return secondNormal;
        }

        double x, y, square;
        do
        {
            x = (2 * NextDouble()) - 1;
            y = (2 * NextDouble()) - 1;
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);

        var factor = Math.Sqrt(-2 * Math.Log(square) / square);
        _secondNormal = factor * x;
        return factor * y;
    }

    /// <summary><c>normal(mean, deviation, count)</c>.</summary>
    /// <param name="mean">Mean of the distribution.</param>
    /// <param name="deviation">Standard deviation, at least 0.</param>
    /// <param name="count">Number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deviation"/> is negative or NaN.</exception>
    public double[] Normal(double mean, double deviation, int count)
    {
        if (!(deviation >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "A standard deviation must be at least 0.");
        }

        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = mean + (deviation * NextNormal());
        }

        return values;
    }

    /// <summary><c>binomial(trials, probability, count)</c>.</summary>
    /// <param name="trials">Number of trials, at least 0.</param>
    /// <param name="probability">Probability of success, 0 to 1.</param>
    /// <param name="count">Number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of range.</exception>
    public long[] Binomial(long trials, double probability, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        if (!(probability is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must be between 0 and 1.");
        }

        // Like NumPy, sample the less likely outcome, and consume a random number even if the outcome is certain.
        var flipped = probability > 0.5;
        var distribution = BinomialDistribution.Create(trials, flipped ? 1 - probability : probability);
        var values = new long[count];
        for (var i = 0; i < count; i++)
        {
            var successes = distribution.Next(this);
            values[i] = flipped ? trials - successes : successes;
        }

        return values;
    }

    // Returns a value in [0, max], inclusive.
    private ulong Bounded(ulong max)
    {
        if (max == 0)
        {
            return 0;
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
        // Three parts, which avoids a modulo operation per word.
        var key = _key;
        for (var i = 0; i < Length - MiddleWord; i++)
        {
            key[i] = key[i + MiddleWord] ^ Twist(key[i], key[i + 1]);
        }

        for (var i = Length - MiddleWord; i < Length - 1; i++)
        {
            key[i] = key[i + MiddleWord - Length] ^ Twist(key[i], key[i + 1]);
        }

        key[Length - 1] = key[MiddleWord - 1] ^ Twist(key[Length - 1], key[0]);
        _position = 0;
    }

    private static uint Twist(uint high, uint low)
    {
        var y = (high & 0x80000000u) | (low & 0x7fffffffu);
        return (y >> 1) ^ ((y & 1) * 0x9908b0dfu);
    }
}
