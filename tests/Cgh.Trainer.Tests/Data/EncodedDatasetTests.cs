using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Data;

public sealed class EncodedDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _pixelsFolder;
    private readonly string _encodedFolder;
    private readonly Dataset _pixels;
    private readonly Dataset _encoded;

    public EncodedDatasetTests()
    {
        (_pixelsFolder, _encodedFolder) = TinyImages.Create(_folder);
        _pixels = Dataset.Open(_pixelsFolder);
        _encoded = Dataset.Open(_encodedFolder);
    }

    public void Dispose()
    {
        _pixels.Dispose();
        _encoded.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Read_EveryImage_EqualsThePackedPixels()
    {
        using var train = PixelSource.Of(_encoded, Split.Train).CreateReader();
        using var val = PixelSource.Of(_encoded, Split.Val).CreateReader();

        for (var i = 0; i < TinyImages.Train; i++)
        {
            Assert.Equal(_pixels.Train[i].ToArray(), train.Read(i).ToArray());
        }

        for (var i = 0; i < TinyImages.Val; i++)
        {
            Assert.Equal(_pixels.Val[i].ToArray(), val.Read(i).ToArray());
        }
    }

    // More batches than are prefetched, the last one incomplete.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void Next_AnyNumberOfThreads_GivesTheBatchesOfThePixels(int threads)
    {
        var batches = EpochOrder.Of(0, 0, TinyImages.Train).Chunk(7).ToArray();
        var cropping = Cropping.AtRandom(TinyImages.Side, 5, seed: 3, epoch: 1);
        Assert.Equal(
            Batches(PixelSource.Of(_pixels, Split.Train), batches, cropping),
            Batches(new DecodedPixelSource(_encoded, Split.Train, threads), batches, cropping));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Next_ImagesCannotBeDecoded_NamesTheFirstAfterTheBatchesBeforeIt(int threads)
    {
        Destroy(11);
        Destroy(13);
        using var reader = Reader(new DecodedPixelSource(_encoded, Split.Train, threads), Enumerable.Range(0, 20).Chunk(5));

        Assert.NotNull(reader.Next());
        Assert.NotNull(reader.Next());
        var error = Assert.Throws<UserErrorException>(reader.Next);

        Assert.True(error.IsFinal);
        Assert.Equal(
            $"{TinyImages.Shard(_encodedFolder)}: image 11 (line 12 of files.txt) cannot be decoded: not an image. "
            + $"'Cgh.DataPrep verify {_encodedFolder}' lists all damage, and 'Cgh.DataPrep repair {_encodedFolder}' restores it.",
            error.Message);
    }

    [Theory]
    [InlineData(PackEncoding.Pixels)]
    [InlineData(PackEncoding.Encoded)]
    public void Next_ShardTruncatedAfterOpening_NamesTheShard(PackEncoding encoding)
    {
        var (dataset, folder) = encoding == PackEncoding.Encoded ? (_encoded, _encodedFolder) : (_pixels, _pixelsFolder);
        using var images = PixelSource.Of(dataset, Split.Train).CreateReader();
        images.Read(0);
        using (var shard = TinyImages.OpenShard(folder))
        {
            shard.SetLength(200);
        }

        using var reader = Reader(PixelSource.Of(dataset, Split.Train), [[7]]);

        var error = Assert.Throws<UserErrorException>(reader.Next);

        Assert.True(error.IsFinal);
        Assert.StartsWith(
            $"{TinyImages.Shard(folder)}: image 7 (line 8 of files.txt) is missing: the file was truncated.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_BeforeTheLastBatch_EndsTheThreads()
    {
        var endless = Enumerable.Repeat((int[])[0, 1], int.MaxValue);
        var reader = Reader(new DecodedPixelSource(_encoded, Split.Train, threads: 4), endless);
        Assert.NotNull(reader.Next());

        reader.Dispose();

        Assert.Throws<ObjectDisposedException>(reader.Next);
    }

    [Fact]
    public void Next_EnumerationOfTheBatchesFails_ThrowsAfterTheBatchesBeforeIt()
    {
        using var reader = Reader(new DecodedPixelSource(_encoded, Split.Train, threads: 2), Failing());

        Assert.NotNull(reader.Next());
        Assert.Equal("no more batches", Assert.Throws<IOException>(reader.Next).Message);

        static IEnumerable<int[]> Failing()
        {
            yield return [0, 1];
            throw new InvalidOperationException("no more batches");
        }
    }

    [Fact]
    public void Open_OffsetsModified_IsRejected()
    {
        var offsets = EncodedImages.OffsetsPath(TinyImages.Shard(_encodedFolder));
        var bytes = File.ReadAllBytes(offsets);
        bytes[^16]++;
        File.WriteAllBytes(offsets, bytes);

        var error = Assert.Throws<UserErrorException>(() => TinyRun.Open(TinyRun.Spec("sgd"), _encodedFolder));

        Assert.Contains($"{offsets} does not match its checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_EncodedImages_EqualsTheEvaluationOfThePixels()
    {
        manual_seed(0);
        using var model = ModelRegistry.Create("resnet-small", TinyDataset.Classes);
        IReadOnlyDictionary<string, EvaluationResult> Evaluate(Dataset dataset) =>
            new Evaluator(model, dataset, dataset.Labels(TinyDataset.Noisy), side: 6, batchSize: 16, CPU).Evaluate(TestContext.Current.CancellationToken);

        Assert.Equal(Evaluate(_pixels).OrderBy(set => set.Key), Evaluate(_encoded).OrderBy(set => set.Key));
    }

    [Theory]
    [InlineData("rm3", Augmentation.None, 0)]
    [InlineData("m3", Augmentation.CropFlip, 6)]
    [InlineData("sgd", Augmentation.None, 6)]
    public void Run_EncodedImages_GivesTheWeightsOfThePixels(string rule, Augmentation augmentation, int cropSide)
    {
        var spec = TinyRun.Spec(rule) with { Augmentation = augmentation, CropSide = cropSide, Epochs = 2 };
        (float[] Weights, EvaluationResult Test) Train(string dataset)
        {
            using var data = TinyRun.Open(spec, dataset);
            using var loop = new TrainingLoop(spec, data, CPU);
            var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);
            return (Plain.Values(loop.Tensors["model.fc.weight"]), results[Curves.Test]);
        }

        var (expected, actual) = (Train(_pixelsFolder), Train(_encodedFolder));
        Assert.Equal(expected.Weights, actual.Weights);
        Assert.Equal(expected.Test, actual.Test);
    }

    [Theory]
    [InlineData(null, 1, 1)]
    [InlineData("", 3, 3)]
    [InlineData(null, 64, 4)]
    [InlineData("7", 2, 7)]
    public void Parse_ValidOrUnset_ReturnsTheNumberOfThreads(string? value, int processors, int threads) =>
        Assert.Equal(threads, DecodeThreads.Parse(value, processors));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("257")]
    [InlineData("two")]
    [InlineData("99999999999")]
    public void Parse_Invalid_NamesTheVariable(string value) => Assert.Equal(
        $"CGH_DECODE_THREADS must be an integer from 1 to 256, or unset (it is '{value}').",
        Assert.Throws<UserErrorException>(() => DecodeThreads.Parse(value, 2)).Message);

    private static List<float[]> Batches(IPixelSource images, IEnumerable<int[]> batches, Cropping cropping)
    {
        using var reader = Reader(images, batches, cropping);
        var seen = new List<float[]>();
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            var (input, labels) = batch.Part(0, batch.Count, CPU);
            seen.Add([.. Plain.Values(input), .. labels.data<long>().Select(label => (float)label)]);
        }

        return seen;
    }

    private static BatchReader Reader(IPixelSource images, IEnumerable<int[]> batches, Cropping? cropping = null) => new(
        images,
        [.. Enumerable.Range(0, TinyImages.Train).Select(image => (long)image)],
        batches.Select(batch => (ReadOnlyMemory<int>)batch),
        capacity: 7,
        cropping: cropping);

    // Overwrites the image's signature.
    private void Destroy(int image)
    {
        var path = TinyImages.Shard(_encodedFolder);
        var start = NpyFile.ReadHeader(path).DataOffset + NpyFile.ReadInt64(EncodedImages.OffsetsPath(path))[image];
        using var shard = TinyImages.OpenShard(_encodedFolder);
        shard.Position = start;
        shard.Write(new byte[8]);
    }
}
