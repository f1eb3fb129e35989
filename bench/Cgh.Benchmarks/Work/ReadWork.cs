using Cgh.Benchmarks.Harness;
using Cgh.Core.Datasets;
using Cgh.Trainer.Data;

namespace Cgh.Benchmarks.Work;

/// <summary>Reads packed images in random order into normalized batches, on one thread.</summary>
internal sealed class ReadWork : IWork
{
    private readonly Dataset _dataset;
    private readonly IPixelReader _reader;
    private readonly long[] _labels;
    private readonly Batch _batch;
    private readonly int[] _indices;
    private readonly Cropping _whole;

    public ReadWork(string dataset, int images)
    {
        _dataset = Dataset.Open(dataset);
        _reader = PixelSource.Of(_dataset, Split.Train).CreateReader();
        _labels = _dataset.OriginalLabels(Split.Train);
        _whole = Cropping.Centre(_dataset.Manifest.Side, _dataset.Manifest.Side);
        _batch = new Batch(images, _dataset.Manifest.Side);
        _indices = EpochOrder.Of(0, 0, _dataset.Manifest.Train.Images)[..images];
        About = new Dictionary<string, object> { ["images"] = images };
        Sample();
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Timing.Seconds(() => BatchReader.Fill(_batch, _reader, _dataset.Manifest.Side, _labels, _indices, _whole));

    public void Dispose()
    {
        _reader.Dispose();
        _batch.Dispose();
        _dataset.Dispose();
    }
}
