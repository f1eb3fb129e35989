using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Tests;

namespace Cgh.DataPrep.Tests.Archives;

/// <summary>The images of <see cref="SourceZoo"/> in archives.</summary>
internal static class ArchiveZoo
{
    /// <summary>The number of each class in the devkit: not its place in the order of the wnids.</summary>
    public static IReadOnlyList<int> Ids { get; } = [4, 7, 1, 10, 2, 9, 3, 5, 8, 6];

    public static IReadOnlyList<(int Id, string Wnid, string Words, int Children)> Synsets { get; } =
    [
        .. Ids.Select((id, label) => (id, SourceZoo.Classes[label], SourceZoo.ClassNames[label], 0)).OrderBy(synset => synset.id),
        (11, "n00015388", "animal, animate being, beast, brute, creature, fauna", 3), (12, "n01905661", "invertebrate", 2),
    ];

    public static string GroundTruth => string.Concat(SourceZoo.Images.Where(image => image.Split == Split.Val)
        .OrderBy(image => image.Name, StringComparer.Ordinal).Select(image => $"{Ids[image.Label]}\n"));

    /// <summary>Writes the three archives of ImageNet. Neither classes nor images are in the order of their names.</summary>
    public static string WriteImageNet(string folder)
    {
        Directory.CreateDirectory(folder);
        var train = SourceZoo.Images.Where(image => image.Split == Split.Train).GroupBy(image => image.Class).Reverse();
        File.WriteAllBytes(
            Path.Combine(folder, "ILSVRC2012_img_train.tar"),
            Tar(train.Select(group => ($"{group.Key}.tar", Tar(group.Reverse().Select(image => (image.Name, image.Bytes)))))));
        var val = SourceZoo.Images.Where(image => image.Split == Split.Val);
        File.WriteAllBytes(Path.Combine(folder, "ILSVRC2012_img_val.tar"), Tar(val.Reverse().Select(image => (image.Name, image.Bytes))));
        WriteDevkit(folder, Devkit(GroundTruth, new MatBytes() is var mat ? mat.File(compressed: true, mat.Synsets(Synsets)) : []));
        return folder;
    }

    /// <summary>Writes a WebDataset of 40 images a shard, in the order of the folder.</summary>
    public static string WriteWebDataset(string folder, bool compressed = false)
    {
        Directory.CreateDirectory(folder);
        foreach (var split in new[] { Split.Train, Split.Val })
        {
            foreach (var (index, images) in SourceZoo.Images.Where(image => image.Split == split).Chunk(40).Index())
            {
                var tar = Tar(images.SelectMany(Sample), TarEntryFormat.Pax);
                var path = Path.Combine(folder, $"zoo-{(split == Split.Train ? "train" : "val")}-{index:D6}.tar");
                File.WriteAllBytes(compressed ? $"{path}.gz" : path, compressed ? Gzip(tar) : tar);
            }
        }

        return folder;

        static IEnumerable<(string, byte[])> Sample(ZooImage image)
        {
            var key = Path.GetFileNameWithoutExtension(image.Name);
            return [($"{key}.cls", Encoding.ASCII.GetBytes($"{image.Label}\n")), ($"{key}.jpg", image.Bytes)];
        }
    }

    public static byte[] Devkit(string groundTruth, byte[] meta) => Tar(
    [
        ("ILSVRC2012_devkit_t12/readme.txt", "Read me."u8.ToArray()),
        ("ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", Encoding.ASCII.GetBytes(groundTruth)),
        ("ILSVRC2012_devkit_t12/data/meta.mat", meta),
    ]);

    public static void WriteDevkit(string folder, byte[] tar) => File.WriteAllBytes(Path.Combine(folder, "ILSVRC2012_devkit_t12.tar.gz"), Gzip(tar));

    public static byte[] Tar(IEnumerable<(string Name, byte[] Bytes)> files, TarEntryFormat format = TarEntryFormat.Gnu)
    {
        using var output = new MemoryStream();
        using (var writer = new TarWriter(output, format, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    _ => new GnuTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(bytes);
                writer.WriteEntry(entry);
            }
        }

        return output.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }
}
