using Cgh.Core.Datasets;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class LabelNoiseTests
{
    private static readonly NoiseCase[] s_uniformCases = Golden.Json<NoiseCase[]>("label-noise.json");
    private static readonly NoiseCase[] s_otherCases = Golden.Json<NoiseCase[]>("noise", "cases.json");

    public static TheoryData<int> UniformCases => [.. Enumerable.Range(0, s_uniformCases.Length)];

    public static TheoryData<int> OtherCases => [.. Enumerable.Range(0, s_otherCases.Length)];

    [Theory]
    [MemberData(nameof(UniformCases))]
    public void Draw_Uniform_EqualsTheAuthorsProcedureInNumPy(int index)
    {
        var expected = s_uniformCases[index];
        var original = Original(expected.Count, expected.Classes);

        var draw = LabelNoise.Draw(original, expected.Classes, LabelNoiseKind.Uniform, expected.Fraction, expected.Seed);

        AssertEqual(expected, original, draw.Labels, draw.Examples);
    }

    [Theory]
    [MemberData(nameof(OtherCases))]
    public void Draw_OtherKinds_EqualTheirProcedureInNumPy(int index)
    {
        var expected = s_otherCases[index];
        var original = Original(expected.Count, expected.Classes);
        var kind = Enum.GetValues<LabelNoiseKind>().Single(value => LabelSet.KindName(value) == expected.Kind);
        var matrix = kind == LabelNoiseKind.Transition ? TransitionMatrix.Load(Golden.PathOf("noise", $"matrix-{expected.Classes}.csv")) : null;

        var draw = LabelNoise.Draw(original, expected.Classes, kind, expected.Fraction, expected.Seed, matrix);

        Assert.Equal(expected.Chosen, draw.Chosen);
        AssertEqual(expected, original, draw.Labels, draw.Examples);
    }

    [Theory]
    [InlineData("imported-names.txt")]
    [InlineData("imported-numbers.txt")]
    [InlineData("imported.npy")]
    public void Examples_OfImportedLabels_EqualTheProcedureInNumPy(string file)
    {
        var expected = Golden.Json<ImportedCase>("noise", "imported.json");
        var original = Original(expected.Count, expected.Classes.Length);

        var labels = LabelFile.Read(Golden.PathOf("noise", file), expected.Classes, expected.Count, () => []);

        var expectedCase = new NoiseCase(
            "import",
            expected.Count,
            expected.Classes.Length,
            0,
            expected.Seed,
            0,
            expected.Corrupt,
            expected.Labels,
            expected.CorruptSet,
            expected.PristineSet,
            expected.TrainSample);
        AssertEqual(expectedCase, original, labels, LabelNoise.Examples(original, labels, expected.Classes.Length, expected.Seed));
    }

    [Fact]
    public void Draw_RedrawnLabelIsTheOriginal_CountsAsPristine()
    {
        var original = Original(1000, classes: 2);

        var (labels, chosen, examples) = LabelNoise.Draw(original, 2, LabelNoiseKind.Uniform, fraction: 1, seed: 9);

        Assert.Equal(1000, chosen);
        Assert.All(examples.Pristine, index => Assert.Equal(original[index], labels[index]));
        Assert.All(examples.Corrupt, index => Assert.NotEqual(original[index], labels[index]));
        Assert.Equal(1000, examples.Pristine.Length + examples.Corrupt.Length);
        Assert.InRange(examples.Pristine.Length, 400, 600);
    }

    [Fact]
    public void Draw_Permute_KeepsTheCountOfEveryClass()
    {
        var original = Original(1001, classes: 4);

        var draw = LabelNoise.Draw(original, 4, LabelNoiseKind.Permute, fraction: 0.7, seed: 3);

        Assert.NotEqual(original, draw.Labels);
        Assert.Equal(original.Order(), draw.Labels.Order());
    }

    [Fact]
    public void Draw_SameSeedOtherKind_SelectsTheSameExamplesAndTrainSample()
    {
        var original = Original(800, classes: 10);

        var uniform = LabelNoise.Draw(original, 10, LabelNoiseKind.Uniform, 0.4, seed: 6);
        var flipped = LabelNoise.Draw(original, 10, LabelNoiseKind.PairFlip, 0.4, seed: 6);

        Assert.Equal(uniform.Chosen, flipped.Chosen);
        Assert.Equal(uniform.Examples.TrainSample, flipped.Examples.TrainSample);
        Assert.Superset(uniform.Examples.Corrupt.ToHashSet(), flipped.Examples.Corrupt.ToHashSet());
    }

    internal static long[] Original(int count, int classes) => [.. Enumerable.Range(0, count).Select(i => (long)(i % classes))];

    private static void AssertEqual(NoiseCase expected, long[] original, long[] labels, EvaluationExamples examples)
    {
        Assert.Equal(expected.Corrupt, LabelNoise.CountCorrupt(original, labels));
        Assert.Equal(expected.Labels, RandomStateTests.Digest(labels));
        Assert.Equal(expected.CorruptSet, RandomStateTests.Digest(examples.Corrupt));
        Assert.Equal(expected.PristineSet, RandomStateTests.Digest(examples.Pristine));
        Assert.Equal(expected.TrainSample, RandomStateTests.Digest(examples.TrainSample));
    }

    private sealed record NoiseCase(
        string? Kind,
        int Count,
        int Classes,
        double Fraction,
        uint Seed,
        int Chosen,
        int Corrupt,
        string Labels,
        string CorruptSet,
        string PristineSet,
        string TrainSample);

    private sealed record ImportedCase(
        uint Seed, int Count, string[] Classes, int Corrupt, string Labels, string CorruptSet, string PristineSet, string TrainSample);
}
