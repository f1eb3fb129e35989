using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.Tests;
using SkiaSharp;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>
/// The same 200 images for every kind of source: 10 classes of ImageNet, with 15 images each in train and 5 in val. A test writes them as its source has
/// them, packs that and compares the dataset with the folder's.
/// </summary>
internal static class SourceZoo
{
    private const int TrainPerClass = 15;
    private const int ValPerClass = 5;

    /// <summary>Options to pack with: several shards in each split.</summary>
    public static PackOptions Options { get; } = new() { Side = 16, ShortSide = 16, ShardBytes = 40 * 16 * 16 * 3 };

    /// <summary>The classes in the order of the labels.</summary>
    public static IReadOnlyList<string> Classes { get; } =
    [
        "n01440764", "n01443537", "n01484850", "n01491361", "n01494475", "n02086240", "n02087394", "n02088364", "n03000684", "n13133613",
    ];

    /// <summary>Readable names of <see cref="Classes"/>, as ImageNet's mapping files have them.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
    [
        "tench, Tinca tinca", "goldfish, Carassius auratus", "great white shark, white shark", "tiger shark, Galeocerdo cuvieri",
        "hammerhead, hammerhead shark", "Shih-Tzu", "Rhodesian ridgeback", "beagle", "chain saw, chainsaw", "ear, spike, capitulum",
    ];

    /// <summary>All images in the order in which the folder has them.</summary>
    public static IReadOnlyList<ZooImage> Images { get; } = MakeImages();

    /// <summary>Writes <c>train/CLASS/NAME</c> and <c>val/CLASS/NAME</c>; returns the folder.</summary>
    public static string WriteFolder(string folder)
    {
        foreach (var image in Images)
        {
            var path = Path.Combine(folder, image.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, image.Bytes);
        }

        return folder;
    }

    /// <summary>Packs a source into a folder beside it and asserts that shards, labels and names of the files equal those of the folder's dataset.</summary>
    public static DatasetManifest AssertPacksLikeTheFolder(TemporaryFolder folder, string source, PackOptions? options = null, bool sameNames = true)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (expected, actual) = (folder["zoo-expected"], folder["zoo-actual"]);
        DatasetPacker.Pack(WriteFolder(folder["zoo-folder"]), expected, Options, cancellationToken: cancellationToken);
        var manifest = DatasetPacker.Pack(source, actual, options ?? Options, cancellationToken: cancellationToken);
        var (left, right) = (TestSource.Content(expected), TestSource.Content(actual));
        Assert.Equal(left.Keys, right.Keys);
        Assert.All(
            left.Keys.Where(name => Path.GetFileName(name) != DatasetManifest.FileName && (sameNames || Path.GetFileName(name) != "files.txt")),
            name => Assert.True(left[name].AsSpan().SequenceEqual(right[name]), $"{name} differs."));
        Assert.Equal((TrainPerClass * Classes.Count, ValPerClass * Classes.Count), (manifest.Train.Images, manifest.Val.Images));
        return manifest;
    }

    private static List<ZooImage> MakeImages()
    {
        var random = new Random(16);
        var images = new List<ZooImage>();
        for (var label = 0; label < Classes.Count; label++)
        {
            for (var image = 0; image < TrainPerClass; image++)
            {
                // As in ImageNet, numbers are not padded: ordinal order is not that of the numbers.
                images.Add(new(Split.Train, label, string.Create(CultureInfo.InvariantCulture, $"{Classes[label]}_{7 + (97 * image)}.JPEG"), MakeJpeg(random)));
            }
        }

        // The validation images of a class are not next to each other in the order of their names.
        for (var image = 0; image < ValPerClass * Classes.Count; image++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"ILSVRC2012_val_{image + 1:D8}.JPEG");
            images.Add(new(Split.Val, 7 * image % Classes.Count, name, MakeJpeg(random)));
        }

        return [.. images.OrderBy(image => image.Split == Split.Val).ThenBy(image => image.Label).ThenBy(image => image.Name, StringComparer.Ordinal)];
    }

    private static byte[] MakeJpeg(Random random)
    {
        using var bitmap = new SKBitmap(random.Next(18, 40), random.Next(18, 40), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor((uint)random.Next() | 0xFF000000));
            for (var shape = 0; shape < 4; shape++)
            {
                using var paint = new SKPaint { Color = new SKColor((uint)random.Next() | 0xFF000000) };
                canvas.DrawRect(random.Next(20), random.Next(20), random.Next(3, 20), random.Next(3, 20), paint);
            }
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality: 90);
        return jpeg.ToArray();
    }
}

/// <summary>An image of <see cref="SourceZoo"/>.</summary>
internal sealed record ZooImage(Split Split, int Label, string Name, byte[] Bytes)
{
    public string Class => SourceZoo.Classes[Label];

    /// <summary>Path in a folder in ImageNet's layout.</summary>
    public string Path => $"{(Split == Split.Train ? "train" : "val")}/{Class}/{Name}";
}
