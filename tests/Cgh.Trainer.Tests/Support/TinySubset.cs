using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Trainer.Data;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A subset of <see cref="TinyImages"/> and the same images as a dataset of their own.</summary>
internal static class TinySubset
{
    // In no order, from both shards.
    public static int[] Train { get; } = [.. Enumerable.Range(0, 40).Select(i => (i * 37) % TinyImages.Train)];

    public static int[] Test { get; } = [.. Enumerable.Range(40, 12).Select(i => (i * 37) % TinyImages.Train)];

    /// <summary>Creates the subset, with the label set <see cref="TinyDataset.Noisy"/>.</summary>
    public static string Create(string folder, string parent, int[]? test)
    {
        using var opened = Dataset.Open(parent);
        Subset.Create(folder, opened, new() { Name = "subset", Train = Train, Test = test });
        using var subset = Dataset.Open(folder);
        LabelSet.Create(subset, fraction: 0.5, seed: 0, TinyDataset.Noisy);
        return folder;
    }

    /// <summary>Packs the pixels of one dataset's training split and of another's validation split, with the same label set.</summary>
    public static string Pack(string folder, string train, string val)
    {
        using var images = Dataset.Open(train);
        using var tests = Dataset.Open(val);
        CghJson.Save(Path.Combine(Directory.CreateDirectory(folder).FullName, DatasetManifest.FileName), images.Manifest with
        {
            Version = DatasetManifest.PixelsVersion,
            Encoding = PackEncoding.Pixels,
            Train = Write(folder, Split.Train, images),
            Val = Write(folder, Split.Val, tests),
        });
        using var dataset = Dataset.Open(folder);
        LabelSet.Create(dataset, fraction: 0.5, seed: 0, TinyDataset.Noisy);
        return folder;
    }

    private static SplitInfo Write(string folder, Split split, Dataset from)
    {
        var count = from.Manifest[split].Images;
        var path = Path.Combine(Directory.CreateDirectory(Dataset.SplitFolder(folder, split)).FullName, "images-00000.npy");
        using var reader = PixelSource.Of(from, split).CreateReader();
        byte[] bytes =
        [
            .. NpyFile.MakeHeader(NpyFile.UInt8, count, TinyImages.Side, TinyImages.Side, 3),
            .. Enumerable.Range(0, count).SelectMany(i => reader.Read(i).ToArray()),
        ];
        File.WriteAllBytes(path, bytes);
        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), from.OriginalLabels(split));
        return new SplitInfo(count, [new ShardInfo(Path.GetFileName(path), count, Convert.ToHexStringLower(SHA256.HashData(bytes)))], []);
    }
}
