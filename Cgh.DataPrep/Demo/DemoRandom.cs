using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Demo;

/// <summary>
/// Random numbers of one pattern or image. Each has a generator of its own, seeded by its place, so that images can be
/// drawn on all cores and in any order with the same result.
/// </summary>
internal sealed class DemoRandom(uint seed, DemoStream stream, int index)
{
    private readonly RandomState _random = new(Mix(seed, stream, index));

    public double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    public bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>
    /// Nearly a standard normal value: the sum of twelve uniform ones (Irwin-Hall), which unlike Box-Muller needs no
    /// logarithm and so has the same bits on every machine.
    /// </summary>
    public double Normal()
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++)
        {
            sum += _random.NextDouble();
        }

        return sum;
    }

    // The finaliser of SplitMix64 spreads neighbouring places over all seeds.
    private static uint Mix(uint seed, DemoStream stream, int index)
    {
        var z = ((ulong)seed << 32) ^ ((ulong)stream << 29) ^ (uint)index;
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (uint)((z ^ (z >> 31)) >> 32);
    }
}

/// <summary>What random numbers are drawn for.</summary>
internal enum DemoStream
{
    Pattern,
    Train,
    Val,
}
