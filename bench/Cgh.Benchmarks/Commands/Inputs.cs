using Cgh.Benchmarks.Harness;

namespace Cgh.Benchmarks.Commands;

/// <summary>What the comparisons read, made when first asked for and deleted at the end.</summary>
internal sealed class Inputs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-benchmarks-").FullName;

    /// <summary>A quarter of the demo's images, of its size and with its classes.</summary>
    public string Demo => DemoOf(1000);

    /// <summary>Images of 224 x 224 pixels in 1,000 classes.</summary>
    public string Large => Made("large", folder => SyntheticDataset.Create(folder, classes: 1000, side: 224, train: 1024, val: 2));

    public string Photos => Made("photos", folder => SyntheticPhotos.Create(folder, count: 100));

    /// <summary>So many training images, of the demo's size and with its classes, and half as many for test.</summary>
    public string DemoOf(int images) => Made($"demo-{images}", folder => SyntheticDataset.Create(folder, classes: 100, side: 16, train: images, val: images / 2));

    /// <summary>So many training images of this side, in 100 classes.</summary>
    public string ImagesOf(int side, int images) => Made($"images-{side}-{images}", folder => SyntheticDataset.Create(folder, classes: 100, side, train: images, val: 2));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Made(string name, Func<string, string> make)
    {
        var folder = Path.Combine(_folder, name);
        return Directory.Exists(folder) ? folder : make(folder);
    }
}
