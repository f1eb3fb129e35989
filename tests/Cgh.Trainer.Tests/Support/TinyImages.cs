using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Images;
using SkiaSharp;

namespace Cgh.Trainer.Tests.Support;

/// <summary>The same small JPEGs and PNGs as a dataset of pixels and as a dataset of encoded images.</summary>
internal static class TinyImages
{
    public const int Side = 8;
    public const int Train = 60;
    public const int Val = 20;
    private const int ShortSide = 10;

    /// <summary>Creates both datasets, with the label set <see cref="TinyDataset.Noisy"/>.</summary>
    public static (string Pixels, string Encoded) Create(TemporaryFolder folder)
    {
        var random = new RandomState(1);
        byte[][] train = [.. Enumerable.Range(0, Train).Select(image => Encode(image, random))];
        byte[][] val = [.. Enumerable.Range(0, Val).Select(image => Encode(image, random))];
        var pixels = Write(folder["pixels/tiny"], PackEncoding.Pixels, DatasetManifest.PixelsVersion, train, val);
        var encoded = Write(folder["encoded/tiny"], PackEncoding.Encoded, DatasetManifest.EncodedVersion, train, val);
        return (pixels, encoded);
    }

    /// <summary>Path of the training split's first shard.</summary>
    public static string Shard(string dataset, Split split = Split.Train) => Path.Combine(Dataset.SplitFolder(dataset, split), "images-00000.npy");

    /// <summary>Opens the first shard of a split for writing, although a reader may have it open.</summary>
    public static FileStream OpenShard(string dataset, Split split = Split.Train) =>
        new(Shard(dataset, split), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    private static string Write(string folder, PackEncoding encoding, int version, byte[][] train, byte[][] val)
    {
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Version = version,
            Encoding = encoding,
            Name = "tiny",
            Classes = [.. Enumerable.Range(0, TinyDataset.Classes).Select(index => $"class-{index}")],
            Side = Side,
            ShortSide = ShortSide,
            Train = Write(folder, Split.Train, encoding, train),
            Val = Write(folder, Split.Val, encoding, val),
        });
        using var dataset = Dataset.Open(folder);
        LabelSet.Create(dataset, fraction: 0.5, seed: 0, TinyDataset.Noisy);
        return folder;
    }

    // Two shards, so that reads cross a boundary.
    private static SplitInfo Write(string folder, Split split, PackEncoding encoding, byte[][] images)
    {
        Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
        NpyFile.WriteInt64(
            Dataset.LabelsPath(folder, split), Enumerable.Range(0, images.Length).Select(image => (long)(image % TinyDataset.Classes)).ToArray());
        return new SplitInfo(images.Length, [.. images.Chunk((images.Length * 2 / 3) + 1).Select(Shard)], []);

        ShardInfo Shard(byte[][] files, int number)
        {
            var name = $"images-{number:D5}.npy";
            var path = Path.Combine(Dataset.SplitFolder(folder, split), name);
            if (encoding == PackEncoding.Pixels)
            {
                WriteBytes(path, NpyFile.MakeHeader(NpyFile.UInt8, files.Length, Side, Side, 3), files.Select(Pixels));
                return new ShardInfo(name, files.Length, Sha256(path));
            }

            long[] offsets = [0, .. files.Select((_, i) => files.Take(i + 1).Sum(file => (long)file.Length))];
            WriteBytes(path, NpyFile.MakeHeader(NpyFile.UInt8, offsets[^1]), files);
            NpyFile.WriteInt64(EncodedImages.OffsetsPath(path), offsets);
            return new ShardInfo(name, files.Length, Sha256(path)) { OffsetsSha256 = Sha256(EncodedImages.OffsetsPath(path)) };
        }
    }

    private static void WriteBytes(string path, byte[] header, IEnumerable<byte[]> parts) =>
        File.WriteAllBytes(path, [.. header, .. parts.SelectMany(part => part)]);

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static byte[] Pixels(byte[] file)
    {
        var pixels = new byte[Side * Side * 3];
        using var reader = new ImageReader(ShortSide, Side);
        Assert.Null(reader.Read(() => new MemoryStream(file), pixels).Failure);
        return pixels;
    }

    // Each class is a colour, each image a noisy view of it, in one of several sizes.
    private static byte[] Encode(int image, RandomState random)
    {
        using var bitmap = new SKBitmap(14 + (image % 7), 11 + (image % 9), SKColorType.Rgba8888, SKAlphaType.Opaque);
        var values = new byte[bitmap.ByteCount];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 4 == 3 ? (byte)255 : (byte)(40 + (35 * ((image % TinyDataset.Classes) + (i % 4 * 2)) % 160) + (random.NextUInt32() % 50));
        }

        Marshal.Copy(values, 0, bitmap.GetPixels(), values.Length);
        using var data = bitmap.Encode(image % 3 == 0 ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, quality: 90);
        return data.ToArray();
    }
}
