using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RandomStateTests
{
    private static readonly Case[] s_cases = Golden.Json<Case[]>("random-state.json");

    public static TheoryData<uint> Seeds => [.. s_cases.Select(reference => reference.Seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Draws_OneAfterAnother_EqualNumPys(uint seed)
    {
        var expected = s_cases.Single(reference => reference.Seed == seed);
        var random = new RandomState(seed);

        Assert.Equal(expected.Uniform, random.Uniform(0, 1, expected.Uniform.Length));
        foreach (var bounded in expected.Bounded)
        {
            Assert.Equal(bounded.Values, random.RandInt(bounded.High, bounded.Values.Length));
        }

        Assert.Equal(expected.Permutation, random.Permutation(expected.Permutation.Length));
        Assert.Equal(expected.Scaled, random.Uniform(-3, 2.5, expected.Scaled.Length));
        Assert.Equal(expected.DigestOfRandint, Digest(random.RandInt(1000, 5000)));
        Assert.Equal(expected.DigestOfPermutation, Digest(random.Permutation(5000)));
    }

    [Fact]
    public void RandInt_BoundBelowOne_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomState(0).RandInt(0, 1));

    internal static string Digest(ReadOnlySpan<long> values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));

    internal static string Digest(int[] values) => Digest(Array.ConvertAll(values, value => (long)value));

    private sealed record Case(
        uint Seed, double[] Uniform, BoundedCase[] Bounded, int[] Permutation, double[] Scaled, string DigestOfRandint, string DigestOfPermutation);

    private sealed record BoundedCase(long High, long[] Values);
}
