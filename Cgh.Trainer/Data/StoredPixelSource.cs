using Cgh.Core.Datasets;

namespace Cgh.Trainer.Data;

/// <summary>Pixels that are stored as such.</summary>
internal sealed class StoredPixelSource(PackedImages images) : IPixelSource
{
    public int Side => images.Side;

    // Copying from the page cache takes less time than any step.
    public int Threads => 1;

    public IPixelReader CreateReader() => new Reader(images);

    private sealed class Reader(PackedImages images) : IPixelReader
    {
        private readonly byte[] _pixels = new byte[images.ImageBytes];

        public ReadOnlySpan<byte> Read(int index)
        {
            images.Read(index, _pixels);
            return _pixels;
        }

        public void Dispose()
        {
        }
    }
}
