using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class MedianTests
{
    [Fact]
    public void OfThree_RandomTiedTinyInfiniteAndNaN_SelectsTheMedianBitForBit()
    {
        var triples = Plain.NastyTriples();
        using var scope = NewDisposeScope();
        Tensor Column(int column) => tensor(triples.Select(triple => triple[column]).ToArray());

        var medians = Plain.Values(Median.OfThree(Column(0), Column(1), Column(2)));

        for (var i = 0; i < triples.Length; i++)
        {
            var triple = triples[i];
            if (triple.Any(float.IsNaN))
            {
                Assert.True(float.IsNaN(medians[i]), $"median of {string.Join(", ", triple)} is {medians[i]}");
                continue;
            }

            // Equal to the middle of the sorted float64 values, and bit-identical to one of the three.
            var sorted = triple.Select(value => (double)value).Order().ToArray();
            Assert.True(sorted[1] == medians[i], $"median of {string.Join(", ", triple)} is {medians[i]}");
            Assert.Contains(BitConverter.SingleToInt32Bits(medians[i]), triple.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void OfThreeByTheAuthors_RandomTiedTinyInfiniteAndNaN_EqualsTheirFloat32Arithmetic()
    {
        var triples = Plain.NastyTriples();
        using var scope = NewDisposeScope();
        Tensor Column(int column) => tensor(triples.Select(triple => triple[column]).ToArray());

        var medians = Plain.Values(Median.OfThreeByTheAuthors(Column(0), Column(1), Column(2)));

        for (var i = 0; i < triples.Length; i++)
        {
            var (a, b, c) = (triples[i][0], triples[i][1], triples[i][2]);
            Assert.Equal(a + b + c - MathF.Min(MathF.Min(a, b), c) - MathF.Max(MathF.Max(a, b), c), medians[i]);
        }
    }

    [Fact]
    public void Measure_MillionTriples_EqualsTheDocumentedErrors()
    {
        var rows = MedianCost.Measure(1_000_000, seed: 5);

        Assert.Equal(rows, MedianCost.Measure(1_000_000, seed: 5));
        Assert.InRange(rows[0].Differ, 0.70, 0.71);
        Assert.Equal(0, rows[0].Triples - 1_000_000);
        Assert.InRange(rows[0].LargestError, 1e-7, 2e-6);
        Assert.InRange(rows[2].MeanError, 0.01, 0.2);
        Assert.InRange(rows[2].Zero + rows[2].WrongSign, 0.01, 0.1);
    }

    [Fact]
    public void OfThree_PartialRegisters_PropagateNaNAtEveryPosition()
    {
        foreach (var length in new[] { 1, 7, 15, 16, 17, 33, 100 })
        {
            for (var place = 0; place < length; place++)
            {
                using var scope = NewDisposeScope();
                var withNaN = ones(length);
                withNaN[place] = float.NaN;

                var median = Plain.Values(Median.OfThree(zeros(length), withNaN, full(length, 2f)));

                var authors = Plain.Values(Median.OfThreeByTheAuthors(zeros(length), withNaN, full(length, 2f)));

                Assert.Equal(place, Assert.Single(Enumerable.Range(0, length), i => float.IsNaN(median[i])));
                Assert.Equal(place, Assert.Single(Enumerable.Range(0, length), i => float.IsNaN(authors[i])));
            }
        }
    }
}
