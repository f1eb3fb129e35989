using Cgh.Core.Datasets;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class LabelNoiseTests
{
    private static readonly Case[] s_cases = Golden.Json<Case[]>("label-noise.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, s_cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Draw_BySeedAndFraction_EqualsTheProcedureInNumPy(int index)
    {
        var expected = s_cases[index];
        var original = Original(expected.Count, expected.Classes);

        var (labels, examples) = LabelNoise.Draw(original, expected.Classes, expected.Fraction, expected.Seed);

        Assert.Equal(expected.Corrupt, LabelNoise.CountCorrupt(original, labels));
        Assert.Equal(expected.Labels, RandomStateTests.Digest(labels));
        Assert.Equal(expected.CorruptSet, RandomStateTests.Digest(examples.Corrupt));
        Assert.Equal(expected.PristineSet, RandomStateTests.Digest(examples.Pristine));
        Assert.Equal(expected.TrainSample, RandomStateTests.Digest(examples.TrainSample));
    }

    [Fact]
    public void Draw_RedrawnLabelIsTheOriginal_CountsAsPristine()
    {
        var original = Original(1000, classes: 2);

        var (labels, examples) = LabelNoise.Draw(original, 2, fraction: 1, seed: 9);

        Assert.All(examples.Pristine, index => Assert.Equal(original[index], labels[index]));
        Assert.All(examples.Corrupt, index => Assert.NotEqual(original[index], labels[index]));
        Assert.Equal(1000, examples.Pristine.Length + examples.Corrupt.Length);
        Assert.InRange(examples.Pristine.Length, 400, 600);
    }

    internal static long[] Original(int count, int classes) => [.. Enumerable.Range(0, count).Select(i => (long)(i % classes))];

    private sealed record Case(
        int Count, int Classes, double Fraction, uint Seed, int Corrupt, string Labels, string CorruptSet, string PristineSet, string TrainSample);
}
