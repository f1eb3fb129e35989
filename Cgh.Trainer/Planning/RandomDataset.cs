using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Trainer.Planning;

/// <summary>A dataset of random pixels in a temporary folder, which is deleted on disposal.</summary>
internal sealed class RandomDataset : IDisposable
{
    // An epoch needs several steps, as its first one waits for input and is not timed.
    private const int Batches = 4;

    private RandomDataset(string folder) => Folder = folder;

    public string Folder { get; }

    /// <param name="classes">Number of classes.</param>
    /// <param name="batchSize">Images per mini-batch.</param>
    /// <param name="test">Images in the validation split.</param>
    /// <param name="side">Height and width of the images.</param>
    public static RandomDataset Create(int classes, int batchSize, int test, int side)
    {
        var dataset = new RandomDataset(Directory.CreateTempSubdirectory("cgh-plan-").FullName);
        try
        {
            CghJson.Save(Path.Combine(dataset.Folder, DatasetManifest.FileName), new DatasetManifest
            {
                Name = "random",
                Classes = [.. Enumerable.Range(0, classes).Select(label => label.ToString(CultureInfo.InvariantCulture))],
                Side = side,
                ShortSide = side,
                Train = dataset.Write(Split.Train, Batches * batchSize, classes, side),
                Val = dataset.Write(Split.Val, test, classes, side),
            });
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private SplitInfo Write(Split split, int images, int classes, int side)
    {
        const string file = "images-00000.npy";
        var folder = Directory.CreateDirectory(Dataset.SplitFolder(Folder, split)).FullName;
        var random = new Random(0);
        var pixels = new byte[side * side * 3];
        AtomicFile.Write(Path.Combine(folder, file), stream =>
        {
            stream.Write(NpyFile.MakeHeader(NpyFile.UInt8, images, side, side, 3));
            for (var image = 0; image < images; image++)
            {
                random.NextBytes(pixels);
                stream.Write(pixels);
            }
        });
        NpyFile.WriteInt64(Dataset.LabelsPath(Folder, split), Enumerable.Range(0, images).Select(image => (long)(image % classes)).ToArray());
        return new SplitInfo(images, [new ShardInfo(file, images, Sha256: "")], []);
    }
}
