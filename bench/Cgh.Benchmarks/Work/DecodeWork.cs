using Cgh.Benchmarks.Harness;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.Benchmarks.Work;

/// <summary>Decodes JPEGs to crops of 224 x 224 like packing does, on one thread.</summary>
internal sealed class DecodeWork : IWork
{
    private readonly string[] _files;
    private readonly ImageReader _reader = new(shortSide: 256, side: 224);
    private readonly byte[] _rgb = new byte[224 * 224 * 3];

    public DecodeWork(string folder)
    {
        _files = [.. Directory.GetFiles(folder).Order()];
        About = new Dictionary<string, object> { ["images"] = _files.Length };
        Sample();
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Timing.Seconds(() =>
    {
        foreach (var file in _files)
        {
            if (_reader.Read(() => ImageFile.Open(file), _rgb).Failure is { } failure)
            {
                throw new InvalidOperationException($"{file}: {failure}");
            }
        }
    });

    public void Dispose()
    {
    }
}
