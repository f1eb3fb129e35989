using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Cgh.Tests;
using SkiaSharp;

namespace Cgh.Benchmarks.Harness;

/// <summary>Archives with the structure of ImageNet's and small images, and the same images as a folder and as a WebDataset.</summary>
internal sealed record SyntheticArchives(string Archives, string Folder, string WebDataset)
{
    private const int Width = 64;
    private const int Height = 48;
    private const int ShardImages = 10_000;

    // Written last.
    private const string Marker = "complete.txt";

    /// <summary>Writes the sources unless they are there.</summary>
    public static SyntheticArchives Create(string root, int classes, int perClass, int valPerClass)
    {
        var archives = new SyntheticArchives(Path.Combine(root, "archives"), Path.Combine(root, "folder"), Path.Combine(root, "webdataset"));
        var (marker, content) = (Path.Combine(root, Marker), $"{classes} {perClass} {valPerClass}");
        if (!File.Exists(marker) || File.ReadAllText(marker) != content)
        {
            foreach (var folder in new[] { archives.Archives, archives.Folder, archives.WebDataset })
            {
                Directory.CreateDirectory(folder);
            }

            archives.Write(classes, perClass, valPerClass);
            File.WriteAllText(marker, content);
        }

        return archives;
    }

    private void Write(int classes, int perClass, int valPerClass)
    {
        // The numbers of the devkit are not the order of the wnids.
        var ids = Enumerable.Range(1, classes).ToArray();
        new Random(5).Shuffle(ids);
        using (var train = new TarWriter(File.Create(Path.Combine(Archives, "ILSVRC2012_img_train.tar")), TarEntryFormat.Gnu))
        using (var shards = new ShardSet(WebDataset, "train"))
        {
            for (var label = 0; label < classes; label++)
            {
                var images = Enumerable.Range(0, perClass).AsParallel().AsOrdered()
                    .Select(i => ($"{Wnid(label)}_{i:D5}.JPEG", Jpeg((label * perClass) + i)))
                    .ToList();
                using var inner = new MemoryStream();
                using (var writer = new TarWriter(inner, TarEntryFormat.Gnu, leaveOpen: true))
                {
                    images.ForEach(image => Add(writer, image.Item1, image.Item2));
                }

                Add(train, $"{Wnid(label)}.tar", inner.ToArray());
                images.ForEach(image => AddFile("train", label, image.Item1, image.Item2, shards));
            }
        }

        var valImages = classes * valPerClass;
        using (var val = new TarWriter(File.Create(Path.Combine(Archives, "ILSVRC2012_img_val.tar")), TarEntryFormat.Gnu))
        using (var shards = new ShardSet(WebDataset, "val"))
        {
            for (var i = 0; i < valImages; i++)
            {
                var (name, bytes) = ($"ILSVRC2012_val_{i + 1:D8}.JPEG", Jpeg((classes * perClass) + i));
                Add(val, name, bytes);
                AddFile("val", i % classes, name, bytes, shards);
            }
        }

        var mat = new MatBytes();
        var synsets = mat.Synsets(ids.Select((id, label) => (id, Wnid(label), $"class {label}", 0)).OrderBy(synset => synset.id));
        using var gzip = new GZipStream(File.Create(Path.Combine(Archives, "ILSVRC2012_devkit_t12.tar.gz")), CompressionLevel.Fastest);
        using var devkit = new TarWriter(gzip, TarEntryFormat.Gnu);
        var groundTruth = string.Concat(Enumerable.Range(0, valImages).Select(i => $"{ids[i % classes]}\n"));
        Add(devkit, "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", Encoding.ASCII.GetBytes(groundTruth));
        Add(devkit, "ILSVRC2012_devkit_t12/data/meta.mat", mat.File(compressed: true, synsets));
    }

    private void AddFile(string split, int label, string name, byte[] bytes, ShardSet shards)
    {
        var folder = Path.Combine(Folder, split, Wnid(label));
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
        shards.Add(name, label, bytes);
    }

    private static string Wnid(int label) => $"n{label + 1_440_764:D8}";

    private static void Add(TarWriter tar, string name, byte[] bytes) =>
        tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });

    private static byte[] Jpeg(int seed)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(new SKColor((uint)random.Next() | 0xFF000000));
        for (var shape = 0; shape < 8; shape++)
        {
            using var paint = new SKPaint { Color = new SKColor((uint)random.Next() | 0xFF000000) };
            canvas.DrawOval(random.Next(Width), random.Next(Height), random.Next(3, 30), random.Next(3, 30), paint);
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality: 90);
        return jpeg.ToArray();
    }

    private sealed class ShardSet(string folder, string split) : IDisposable
    {
        private TarWriter? _tar;
        private int _images;

        public void Add(string name, int label, byte[] bytes)
        {
            if (_images++ % ShardImages == 0)
            {
                _tar?.Dispose();
                _tar = new TarWriter(File.Create(Path.Combine(folder, $"{split}-{_images / ShardImages:D6}.tar")), TarEntryFormat.Pax);
            }

            var key = Path.GetFileNameWithoutExtension(name);
            foreach (var (member, content) in new[] { ($"{key}.cls", Encoding.ASCII.GetBytes($"{label}")), ($"{key}.jpg", bytes) })
            {
                _tar!.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, member) { DataStream = new MemoryStream(content) });
            }
        }

        public void Dispose() => _tar?.Dispose();
    }
}
