using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Demo;

/// <summary>
/// The random numbers of one pattern or image. Each has its own generator, seeded from its index, so the result does not depend on the
/// order in which images are drawn in parallel.
/// </summary>
internal sealed class DemoRandom(uint seed, DemoStream stream, int index)
{
    private readonly RandomState _random = new(Mix(seed, stream, index));

    public double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    public bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>
    /// An approximately standard normal value: the sum of twelve uniform ones (Irwin-Hall). Unlike Box-Muller it needs no logarithm, so it
    /// is bit-identical on every machine.
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

    // SplitMix64's finaliser spreads consecutive indices over all seeds.
    private static uint Mix(uint seed, DemoStream stream, int index)
    {
        var z = ((ulong)seed << 32) ^ ((ulong)stream << 29) ^ (uint)index;
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (uint)((z ^ (z >> 31)) >> 32);
    }
}

/// <summary>What a sequence of random numbers is used for.</summary>
internal enum DemoStream
{
    Pattern,
    Train,
    Val,
}
