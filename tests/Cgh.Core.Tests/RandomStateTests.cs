using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RandomStateTests
{
    private static readonly DrawCase[] s_cases = Golden.Json<DrawCase[]>("random-state.json");
    private static readonly LargeCase[] s_largeCases = Golden.Json<LargeCase[]>("large-draws.json");

    public static TheoryData<uint> Seeds => [.. s_cases.Select(reference => reference.Seed)];

    public static TheoryData<uint> LargeSeeds => [.. s_largeCases.Select(reference => reference.Seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Draws_InSequence_EqualNumPy(uint seed)
    {
        var expected = s_cases.Single(reference => reference.Seed == seed);
        var random = new RandomState(seed);

        Assert.Equal(expected.Uniform, random.Uniform(0, 1, expected.Uniform.Length));
        foreach (var bounded in expected.Bounded)
        {
            Assert.Equal(bounded.Values, random.RandInt(bounded.Low, bounded.High, bounded.Values.Length));
        }

        Assert.Equal(expected.Permutation, random.Permutation(expected.Permutation.Length));
        Assert.Equal(expected.PermutationOfArray, random.Permutation<long>([30, -4, 4, 99, 5]));
        Assert.Equal(expected.Scaled, random.Uniform(-3, 2.5, expected.Scaled.Length));
        Assert.Equal(expected.Normal, random.Normal(-1, 2.5, expected.Normal.Length));
        Assert.Equal(expected.NormalAfterIt, random.Normal(0, 1, expected.NormalAfterIt.Length));
        foreach (var binomial in expected.Binomial)
        {
            Assert.Equal(binomial.Values, random.Binomial(binomial.Trials, binomial.Probability, binomial.Values.Length));
        }

        Assert.Equal(expected.DigestOfRandint, Digest(random.RandInt(1000, 5000)));
        Assert.Equal(expected.DigestOfPermutation, Digest(random.Permutation(5000)));
    }

    [Theory]
    [MemberData(nameof(LargeSeeds))]
    public void Draws_OverAMillion_EqualNumPy(uint seed)
    {
        var expected = s_largeCases.Single(reference => reference.Seed == seed);
        var random = new RandomState(seed);
        var count = expected.Count;

        Assert.Equal(expected.Uniform, Digest(random.Uniform(0, 1, count)));
        Assert.Equal(expected.Randint1000, Digest(random.RandInt(1000, count)));
        Assert.Equal(expected.RandintWide, Digest(random.RandInt(-(1L << 40), 1L << 41, count)));
        Assert.Equal(expected.Permutation, Digest(random.Permutation(count)));
        Assert.Equal(expected.Normal, Digest(random.Normal(0, 1, count)));
        Assert.Equal(expected.BinomialInverted, Digest(random.Binomial(100, 0.2, count)));
        Assert.Equal(expected.BinomialRejected, Digest(random.Binomial(100, 0.4, count)));
        Assert.Equal(expected.BinomialFlipped, Digest(random.Binomial(1000, 0.9, count)));
        Assert.Equal(expected.BinomialWide, Digest(random.Binomial(10_000_000, 0.3, count)));
        Assert.Equal(expected.After, random.Uniform(0, 1, expected.After.Length));
    }

    [Fact]
    public void Draws_ParameterOutOfRange_Throw()
    {
        var random = new RandomState(0);

        Assert.Throws<ArgumentOutOfRangeException>(() => random.RandInt(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.RandInt(3, 3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Normal(0, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Binomial(-1, 0.5, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Binomial(1, double.NaN, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Binomial(1, 1.5, 1));
    }

    internal static string Digest<T>(ReadOnlySpan<T> values)
        where T : unmanaged => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));

    internal static string Digest(long[] values) => Digest<long>(values);

    internal static string Digest(double[] values) => Digest<double>(values);

    internal static string Digest(int[] values) => Digest(Array.ConvertAll(values, value => (long)value));

    private sealed record DrawCase(
        uint Seed,
        double[] Uniform,
        BoundedCase[] Bounded,
        int[] Permutation,
        long[] PermutationOfArray,
        double[] Scaled,
        double[] Normal,
        double[] NormalAfterIt,
        BinomialCase[] Binomial,
        string DigestOfRandint,
        string DigestOfPermutation);

    private sealed record BoundedCase(long Low, long High, long[] Values);

    private sealed record BinomialCase(long Trials, double Probability, long[] Values);

    private sealed record LargeCase(
        uint Seed,
        int Count,
        string Uniform,
        string Randint1000,
        string RandintWide,
        string Permutation,
        string Normal,
        string BinomialInverted,
        string BinomialRejected,
        string BinomialFlipped,
        string BinomialWide,
        double[] After);
}
