using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Benchmarks.Harness;

/// <summary>A packed dataset of random pixels; the content of images does not affect the speed.</summary>
internal static class SyntheticDataset
{
    public const string Labels = "half-noise";

    /// <summary>Creates the dataset and a label set <see cref="Labels"/> with 50% of the labels randomized.</summary>
    public static string Create(string folder, int classes, int side, int train, int val)
    {
        var random = new Random(1);
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Name = "synthetic",
            Classes = [.. Enumerable.Range(0, classes).Select(index => $"class-{index:D4}")],
            Side = side,
            ShortSide = side,
            Train = Write(folder, Split.Train, classes, side, train, random),
            Val = Write(folder, Split.Val, classes, side, val, random),
        });
        using var dataset = Dataset.Open(folder);
        LabelSet.Create(dataset, fraction: 0.5, seed: 0, Labels);
        return folder;
    }

    private static SplitInfo Write(string folder, Split split, int classes, int side, int images, Random random)
    {
        const string Name = "images-00000.npy";
        Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), Enumerable.Range(0, images).Select(image => (long)(image % classes)).ToArray());
        var path = Path.Combine(Dataset.SplitFolder(folder, split), Name);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(NpyFile.MakeHeader(NpyFile.UInt8, images, side, side, 3));
            var pixels = new byte[side * side * 3];
            for (var image = 0; image < images; image++)
            {
                random.NextBytes(pixels);
                stream.Write(pixels);
            }
        });
        using var written = File.OpenRead(path);
        return new SplitInfo(images, [new ShardInfo(Name, images, Convert.ToHexStringLower(SHA256.HashData(written)))], []);
    }
}
