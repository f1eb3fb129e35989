using System.Globalization;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>The images and labels of one of CIFAR's files.</summary>
/// <param name="labels">One label per image.</param>
/// <param name="data">What holds the pixels.</param>
/// <param name="first">Where the first image starts.</param>
/// <param name="step">Distance from image to image.</param>
internal sealed class CifarBatch(IReadOnlyList<int> labels, ReadOnlyMemory<byte> data, int first, int step)
{
    public const int Side = 32;
    public const int ImageBytes = 3 * Side * Side;

    public IReadOnlyList<int> Labels => labels;

    /// <summary>The planes of an image: red, green, blue.</summary>
    public ReadOnlySpan<byte> PixelsOf(int image) => data.Span.Slice(first + (image * step), ImageBytes);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="file">Its content.</param>
    /// <param name="layout">How it is built.</param>
    /// <param name="kind">The labels to use, one of the layout's.</param>
    /// <exception cref="UserErrorException">The file is damaged or holds something else.</exception>
    public static CifarBatch Read(string path, byte[] file, CifarLayout layout, CifarLabels kind)
    {
        var batch = layout.IsPickle ? ReadPickle(path, file, kind) : ReadRecords(path, file, layout, kind);
        for (var image = 0; image < batch.Labels.Count; image++)
        {
            if (batch.Labels[image] is var label && (label < 0 || label >= kind.Classes))
            {
                throw new UserErrorException($"{path}: label {label} of image {image} is out of range (0 to {kind.Classes - 1}).");
            }
        }

        return batch;
    }

    private static CifarBatch ReadRecords(string path, byte[] file, CifarLayout layout, CifarLabels kind)
    {
        var labelBytes = layout.Labels.Count;
        var step = labelBytes + ImageBytes;
        if (file.Length == 0 || file.Length % step != 0)
        {
            throw new UserErrorException(
                $"{path} is not one of {layout.Set}'s files, or cut short: its {file.Length} bytes are no multiple of {step} "
                + $"({Bytes(labelBytes)} of label and {ImageBytes} of pixels).");
        }

        var offset = layout.Labels.ToList().IndexOf(kind);
        int[] labels = [.. Enumerable.Range(0, file.Length / step).Select(image => (int)file[(image * step) + offset])];
        return new CifarBatch(labels, file, labelBytes, step);
    }

    private static CifarBatch ReadPickle(string path, byte[] file, CifarLabels kind)
    {
        var values = CifarPickle.Read(path, file);
        var images = values.Images(ImageBytes);
        var labels = values.Integers(kind.Key);
        return labels.Count == images.Length / ImageBytes
            ? new CifarBatch([.. labels.Select(label => (int)Math.Clamp(label, -1, int.MaxValue))], images, 0, ImageBytes)
            : throw new UserErrorException($"{path} has {images.Length / ImageBytes} images, but {labels.Count} labels.");
    }

    private static string Bytes(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} byte{(count == 1 ? "" : "s")}");
}
