using Cgh.Core.Datasets;
using Cgh.Images;

namespace Cgh.Trainer.Data;

/// <summary>Pixels that are decoded whenever they are read, with the same bytes as <c>pack</c> would have stored.</summary>
/// <param name="dataset">A dataset with <see cref="PackEncoding.Encoded"/>.</param>
/// <param name="split">The split.</param>
/// <param name="threads">Number of threads that decode.</param>
internal sealed class DecodedPixelSource(Dataset dataset, Split split, int threads) : IPixelSource
{
    private readonly EncodedImages _images = dataset.Encoded(split);

    public int Side => dataset.Manifest.Side;

    public int Threads => threads;

    public IPixelReader CreateReader() => new Reader(_images, dataset.Manifest);

    private sealed class Reader(EncodedImages images, DatasetManifest manifest) : IPixelReader
    {
        private readonly ImageReader _decoder = new(manifest.ShortSide, manifest.Side, manifest.Orient, largeImages: true);
        private readonly byte[] _pixels = new byte[manifest.Side * manifest.Side * 3];
        private byte[] _file = [];

        public ReadOnlySpan<byte> Read(int index)
        {
            var length = images.Read(index, ref _file);
            return _decoder.Read(() => new MemoryStream(_file, 0, length, writable: false), _pixels).Failure is { } failure
                ? throw images.Damaged(index, $"cannot be decoded: {failure}")
                : _pixels;
        }

        public void Dispose() => _decoder.Dispose();
    }
}
