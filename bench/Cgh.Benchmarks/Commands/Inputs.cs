using Cgh.Benchmarks.Harness;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;

namespace Cgh.Benchmarks.Commands;

/// <summary>Input data of the comparisons, created on first use and deleted on disposal.</summary>
internal sealed class Inputs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-benchmarks-").FullName;

    /// <summary>A dataset like the demo's, with a quarter of its images.</summary>
    public string Demo => DemoOf(1000);

    /// <summary>A dataset of images of 224 x 224 pixels in 1,000 classes.</summary>
    public string Large => GetOrCreate("large", folder => SyntheticDataset.Create(folder, classes: 1000, side: 224, train: 1024, val: 2));

    public string Photos => GetOrCreate("photos", folder => SyntheticPhotos.Create(folder, count: 100));

    /// <summary>The photos as a dataset of 224 x 224 pixels, of their pixels or of the files.</summary>
    public string PhotosAs(PackEncoding encoding) => GetOrCreate($"photos-{encoding}", folder =>
    {
        var source = GetOrCreate("photo-classes", classes =>
        {
            SyntheticPhotos.Create(Path.Combine(classes, "train", "a"), count: 48);
            SyntheticPhotos.Create(Path.Combine(classes, "train", "b"), count: 48, seed: 3);
            SyntheticPhotos.Create(Path.Combine(classes, "val", "a"), count: 2, seed: 4);
            SyntheticPhotos.Create(Path.Combine(classes, "val", "b"), count: 2, seed: 5);
            return classes;
        });
        DatasetPacker.Pack(source, folder, new PackOptions { Side = 224, ShortSide = 256, KeepJpeg = encoding == PackEncoding.Encoded });
        using var dataset = Dataset.Open(folder);
        LabelSet.Create(dataset, fraction: 0.5, seed: 0, SyntheticDataset.Labels);
        return folder;
    });

    /// <summary>A dataset like the demo's, with this number of training images and half as many test images.</summary>
    public string DemoOf(int images) =>
        GetOrCreate($"demo-{images}", folder => SyntheticDataset.Create(folder, classes: 100, side: 16, train: images, val: images / 2));

    /// <summary>A dataset of this number of training images in 100 classes.</summary>
    public string ImagesOf(int side, int images) =>
        GetOrCreate($"images-{side}-{images}", folder => SyntheticDataset.Create(folder, classes: 100, side, train: images, val: 2));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string GetOrCreate(string name, Func<string, string> create)
    {
        var folder = Path.Combine(_folder, name);
        return Directory.Exists(folder) ? folder : create(folder);
    }
}
