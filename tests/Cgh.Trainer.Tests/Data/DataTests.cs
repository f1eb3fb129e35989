using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Data;

public sealed class DataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset;

    public DataTests() => _dataset = Dataset.Open(TinyDataset.Create(_folder["tiny"]));

    public void Dispose()
    {
        _dataset.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Of_AnEpoch_ReturnsAPermutationDeterminedBySeedAndEpoch()
    {
        var order = EpochOrder.Of(seed: 3, epoch: 5, examples: 1000);

        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.Equal(order, EpochOrder.Of(3, 5, 1000));
        Assert.NotEqual(order, EpochOrder.Of(3, 6, 1000));
        Assert.NotEqual(order, EpochOrder.Of(4, 5, 1000));
    }

    [Theory]
    [InlineData(60, 20, 1, 3, 20)]
    [InlineData(65, 20, 1, 4, 5)]
    [InlineData(62, 20, 1, 4, 2)]
    [InlineData(61, 20, 1, 3, 20)]
    [InlineData(65, 20, 3, 3, 20)]
    [InlineData(66, 20, 3, 4, 6)]
    public void MiniBatches_LastBatch_IsKeptIfEachGroupHasTwoExamples(int examples, int size, int groups, int batches, int last)
    {
        var cut = new MiniBatches(examples, size, groups);

        Assert.Equal(batches, cut.PerEpoch);
        Assert.Equal((0, size), cut.Of(0).GetOffsetAndLength(examples));
        Assert.Equal(last, cut.Of(batches - 1).GetOffsetAndLength(examples).Length);
    }

    [Fact]
    public void Next_IncompleteLastBatch_ReturnsNormalizedImagesWithTheirLabels()
    {
        // Out of order, across shards, and with more batches than are prefetched.
        int[] indices = [59, 0, 30, 29, 7, 41, 12, 5, 58, 1, 33];
        var labels = _dataset.OriginalLabels(Split.Train);
        var batches = indices.Chunk(2).Select(chunk => (ReadOnlyMemory<int>)chunk);
        using var reader = new BatchReader(PixelSource.Of(_dataset, Split.Train), labels, batches, capacity: 2);
        var seen = new List<int>();
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            var (images, targets) = batch.Part(0, batch.Count, CPU);
            Assert.Equal([batch.Count, 3, TinyDataset.Side, TinyDataset.Side], images.shape);
            for (var i = 0; i < batch.Count; i++)
            {
                var index = indices[seen.Count];
                Assert.Equal(labels[index], targets[i].item<long>());
                Assert.Equal(PlainImage(index), Plain.Values(images[i]));
                seen.Add(index);
            }
        }

        Assert.Equal(indices, seen);
        Assert.Null(reader.Next());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(768)]
    public void Apply_EveryValueOfEveryChannel_EqualsTorchvisionBitForBit(int pixelCount)
    {
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        var pixels = Enumerable.Range(0, pixelCount * 3).Select(i => (byte)((i / 3 * 7) + (i % 3 * 50))).ToArray();
        var values = new float[pixels.Length + 1];
        values[^1] = 42;

        Normalization.Apply(pixels, values.AsSpan(0, pixels.Length));

        Assert.Equal(pixels.Select((pixel, i) => ((pixel / 255f) - mean[i % 3]) / deviation[i % 3]), values[..^1]);
        Assert.Equal(42, values[^1]);
    }

    [Fact]
    public void Part_OfABatch_ReturnsTheExamplesOfTheGroup()
    {
        using var reader = new BatchReader(PixelSource.Of(_dataset, Split.Train), _dataset.OriginalLabels(Split.Train), [new[] { 4, 3, 2, 1, 0 }], capacity: 5);
        var batch = reader.Next()!;
        using var scope = NewDisposeScope();

        var (images, labels) = batch.Part(3, 5, CPU);

        Assert.Equal([1L, 0L], labels.data<long>().ToArray());
        Assert.Equal(PlainImage(0), Plain.Values(images[1]));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Part_OfABatchOfPixels_EqualsANormalizedBatchBitForBit(ScalarType type)
    {
        // All values of all channels.
        var pixels = Enumerable.Range(0, 2 * 16 * 16 * 3).Select(i => (byte)(i / 3)).ToArray();
        using var scope = NewDisposeScope();
        float[] Part(BatchMemory memory)
        {
            using var batch = new Batch(capacity: 4, side: 16, memory);
            batch.Put(2, pixels.AsSpan(0, 16 * 16 * 3), 16, default);
            batch.Put(3, pixels.AsSpan(16 * 16 * 3), 16, default);
            var (images, _) = batch.Part(2, 4, CPU, type);
            Assert.Equal(type, images.dtype);
            Assert.Equal([2L, 3, 16, 16], images.shape);
            Assert.Equal([16L * 16 * 3, 1, 16 * 3, 3], images.stride());
            return Plain.Values(images.to(float32));
        }

        Assert.Equal(Part(BatchMemory.Normalized), Part(BatchMemory.Pixels));
    }

    [Fact]
    public void Next_IndexOutOfRange_Throws()
    {
        var labels = _dataset.OriginalLabels(Split.Train);
        using var reader = new BatchReader(PixelSource.Of(_dataset, Split.Train), labels, [new[] { 0 }, new[] { 60 }], capacity: 1);

        Assert.NotNull(reader.Next());
        Assert.Throws<IOException>(reader.Next);
    }

    [Fact]
    public void Dispose_BeforeTheLastBatch_EndsTheThread()
    {
        var endless = Enumerable.Repeat((ReadOnlyMemory<int>)new[] { 0 }, int.MaxValue);
        var reader = new BatchReader(PixelSource.Of(_dataset, Split.Train), _dataset.OriginalLabels(Split.Train), endless, capacity: 1);
        Assert.NotNull(reader.Next());

        reader.Dispose();

        Assert.Throws<ObjectDisposedException>(reader.Next);
    }

    // Channel by channel, like torchvision's ToTensor and Normalize.
    private float[] PlainImage(int index)
    {
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        var pixels = _dataset.Train[index].ToArray();
        return [.. Enumerable.Range(0, 3).SelectMany(channel =>
            Enumerable.Range(0, TinyDataset.Side * TinyDataset.Side).Select(at => ((pixels[(at * 3) + channel] / 255f) - mean[channel]) / deviation[channel]))];
    }
}
