using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class MedianTests
{
    [Fact]
    public void OfThree_RandomTiedTinyInfiniteAndNaN_IsTheMiddleOneBitForBit()
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

            // Equal as numbers to the middle of the sorted float64 values, and one of the three in its bits.
            var sorted = triple.Select(value => (double)value).Order().ToArray();
            Assert.True(sorted[1] == medians[i], $"median of {string.Join(", ", triple)} is {medians[i]}");
            Assert.Contains(BitConverter.SingleToInt32Bits(medians[i]), triple.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void OfThree_VectorLengthsThatDoNotFillARegister_PassNaNOnAtEveryPlace()
    {
        foreach (var length in new[] { 1, 7, 15, 16, 17, 33, 100 })
        {
            for (var place = 0; place < length; place++)
            {
                using var scope = NewDisposeScope();
                var withNaN = ones(length);
                withNaN[place] = float.NaN;

                var median = Plain.Values(Median.OfThree(zeros(length), withNaN, full(length, 2f)));

                Assert.Equal(place, Assert.Single(Enumerable.Range(0, length), i => float.IsNaN(median[i])));
            }
        }
    }
}
