using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A packed dataset of a few small images: each class is a colour, each image a noisy view of it.</summary>
internal static class TinyDataset
{
    public const int Classes = 5;
    public const int Side = 8;
    public const string Noisy = "noisy";

    /// <summary>Creates the dataset and a label set <see cref="Noisy"/> with 50% of the labels randomized.</summary>
    public static string Create(string folder, int train = 60, int val = 20, int side = Side)
    {
        var random = new RandomState(1);
        var manifest = new DatasetManifest
        {
            Name = "tiny",
            Classes = [.. Enumerable.Range(0, Classes).Select(index => $"class-{index}")],
            Side = side,
            ShortSide = side,
            Train = Write(folder, Split.Train, train, side, random),
            Val = Write(folder, Split.Val, val, side, random),
        };
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), manifest);
        using var dataset = Dataset.Open(folder);
        LabelSet.Create(dataset, fraction: 0.5, seed: 0, Noisy);
        return folder;
    }

    private static SplitInfo Write(string folder, Split split, int images, int side, RandomState random)
    {
        // Two shards, so that reads cross a boundary.
        Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), Enumerable.Range(0, images).Select(image => (long)(image % Classes)).ToArray());
        var first = (images + 1) / 2;
        return new SplitInfo(images, [Shard(0, 0, first), Shard(1, first, images)], []);

        ShardInfo Shard(int number, int from, int to)
        {
            var name = $"images-{number:D5}.npy";
            var path = Path.Combine(Dataset.SplitFolder(folder, split), name);
            AtomicFile.Write(path, stream =>
            {
                stream.Write(NpyFile.MakeHeader(NpyFile.UInt8, to - from, side, side, 3));
                for (var image = from; image < to; image++)
                {
                    for (var value = 0; value < side * side * 3; value++)
                    {
                        var colour = 40 + (35 * ((image % Classes) + (value % 3 * 2)) % 160);
                        stream.WriteByte((byte)(colour + (random.NextUInt32() % 50)));
                    }
                }
            });
            return new ShardInfo(name, to - from, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        }
    }
}
