using Cgh.Core.Datasets;

namespace Cgh.Trainer.Data;

/// <summary>The pixels of a split's images, as <c>pack</c> crops them.</summary>
internal interface IPixelSource
{
    /// <summary>Height and width of every image in pixels.</summary>
    int Side { get; }

    /// <summary>Number of threads that read ahead.</summary>
    int Threads { get; }

    /// <summary>Creates a reader, for one thread at a time.</summary>
    IPixelReader CreateReader();
}

/// <summary>Reads images one at a time.</summary>
internal interface IPixelReader : IDisposable
{
    /// <summary>Returns the pixels of an image, row by row. The span is valid until the next call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="Cgh.Core.UserErrorException">The image cannot be read.</exception>
    ReadOnlySpan<byte> Read(int index);
}

internal static class PixelSource
{
    /// <summary>Returns the pixels of a split, whatever the dataset holds.</summary>
    public static IPixelSource Of(Dataset dataset, Split split) => dataset.Manifest.Encoding == PackEncoding.Encoded
        ? new DecodedPixelSource(dataset, split, DecodeThreads.Count)
        : new StoredPixelSource(split == Split.Train ? dataset.Train : dataset.Val);
}
