using Cgh.Core.Datasets;
using Cgh.Trainer.Data;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Data;

public sealed class CroppingTests
{
    [Theory]
    [InlineData(256, 224, 16)]
    [InlineData(9, 8, 0)]
    [InlineData(11, 8, 2)]
    [InlineData(13, 8, 2)]
    [InlineData(8, 8, 0)]
    public void Of_Centre_EqualsTorchvisionsCenterCrop(int packed, int side, int place) =>
        Assert.Equal(new Crop(place, place, false), Cropping.Centre(packed, side).Of(7));

    // Computed with the Python code in docs/datasets.md.
    [Theory]
    [MemberData(nameof(Golden))]
    public void Of_AtRandom_EqualsTheDocumentedGenerator(uint seed, int epoch, int index, int row, int column, bool flipped) =>
        Assert.Equal(new Crop(row, column, flipped), Cropping.AtRandom(256, 224, seed, epoch).Of(index));

    public static TheoryData<uint, int, int, int, int, bool> Golden { get; } = new()
    {
        { 0, 0, 0, 21, 23, false },
        { 0, 0, 1, 21, 26, false },
        { 7, 3, 1281166, 11, 30, true },
        { 4294967295, 89, 59, 26, 25, false },
        { 1, 12, 0, 11, 14, false },
    };

    [Fact]
    public void Of_AtRandom_IsUniformOverPositionsAndFlips()
    {
        var crops = Enumerable.Range(0, 33_000).Select(Cropping.AtRandom(256, 224, seed: 5, epoch: 2).Of).ToArray();

        Assert.Equal(Enumerable.Range(0, 33), crops.Select(crop => crop.Row).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 33), crops.Select(crop => crop.Column).Distinct().Order());
        Assert.All(crops.CountBy(crop => crop.Row).Concat(crops.CountBy(crop => crop.Column)), place => Assert.InRange(place.Value, 850, 1150));
        Assert.InRange(crops.Count(crop => crop.Flipped), 16_100, 16_900);
        Assert.InRange(crops.Count(crop => crop.Flipped && crop.Row < 16 && crop.Column < 16), 3_500, 4_300);
    }

    [Fact]
    public void Of_OtherSeedEpochOrImage_ReturnsAnotherCrop()
    {
        static Crop[] Crops(uint seed, int epoch, int first) => [.. Enumerable.Range(first, 20).Select(Cropping.AtRandom(256, 224, seed, epoch).Of)];

        Assert.Equal(Crops(1, 1, 0), Crops(1, 1, 0));
        Assert.NotEqual(Crops(1, 1, 0), Crops(2, 1, 0));
        Assert.NotEqual(Crops(1, 1, 0), Crops(1, 2, 0));
        Assert.NotEqual(Crops(1, 1, 0), Crops(1, 1, 20));
    }

    // Rows of all lengths up to a few registers, and crops at each edge.
    [Fact]
    public void Apply_AnySideAndCrop_EqualsTheReferenceCrop()
    {
        const int Packed = 23;
        var pixels = Enumerable.Range(0, Packed * Packed * 3).Select(i => (byte)((i * 89) + (i / 7))).ToArray();
        for (var side = 1; side <= Packed; side++)
        {
            var last = Packed - side;
            foreach (var crop in new Crop[] { new(0, 0, false), new(0, 0, true), new(last, 0, true), new(0, last, true), new(last, last / 2, false) })
            {
                var values = new float[(side * side * 3) + 1];
                values[^1] = 42;

                Normalization.Apply(pixels, Packed, crop, side, values.AsSpan(0, side * side * 3));

                Assert.Equal([.. PlainCrop(pixels, Packed, crop, side), 42], values);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Next_RandomCropping_ReturnsTheCropOfEachImageInAnyOrder(bool asPixels)
    {
        var memory = asPixels ? BatchMemory.Pixels : BatchMemory.Normalized;
        using var folder = new TemporaryFolder();
        using var dataset = Dataset.Open(TinyDataset.Create(folder["tiny"]));
        var cropping = Cropping.AtRandom(TinyDataset.Side, 5, seed: 3, epoch: 1);
        int[] indices = [59, 0, 30, 29, 7];
        using var reader = new BatchReader(
            PixelSource.Of(dataset, Split.Train),
            dataset.OriginalLabels(Split.Train),
            [indices.AsMemory(0, 3), indices.AsMemory(3)],
            capacity: 3,
            memory,
            cropping);
        var seen = new List<float[]>();
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            var images = batch.Part(0, batch.Count, CPU).Images;
            Assert.Equal([batch.Count, 3, 5, 5], images.shape);
            seen.AddRange(Enumerable.Range(0, batch.Count).Select(i => Plain.Values(images[i].permute(1, 2, 0))));
        }

        Assert.Equal(indices.Select(index => PlainCrop(dataset.Train[index].ToArray(), TinyDataset.Side, cropping.Of(index), 5)), seen);
    }

    private static float[] PlainCrop(byte[] pixels, int packed, Crop crop, int side)
    {
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        return
        [
            .. from row in Enumerable.Range(crop.Row, side)
               from column in crop.Flipped ? Enumerable.Range(crop.Column, side).Reverse() : Enumerable.Range(crop.Column, side)
               from channel in Enumerable.Range(0, 3)
               select ((pixels[(((row * packed) + column) * 3) + channel] / 255f) - mean[channel]) / deviation[channel],
        ];
    }
}
