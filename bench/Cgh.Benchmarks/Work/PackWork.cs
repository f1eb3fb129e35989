using Cgh.Benchmarks.Harness;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;

namespace Cgh.Benchmarks.Work;

/// <summary>Packs a source on all cores, including listing it. Writes beside the source and deletes the dataset.</summary>
internal sealed class PackWork(string source, int perClass) : IWork
{
    private const int Side = 32;

    public IReadOnlyDictionary<string, object> About { get; } = new Dictionary<string, object> { ["perClass"] = perClass };

    public double Sample()
    {
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(source))!, $"packed-{Environment.ProcessId}");
        var options = new PackOptions { Side = Side, ShortSide = Side, Selection = new ImageSelection { PerClass = perClass } };
        try
        {
            return Timing.Seconds(() => DatasetPacker.Pack(source, folder, options));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose()
    {
    }
}
