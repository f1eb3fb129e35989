using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.Dashboard.Labels;

/// <summary>A training image as browsers show it.</summary>
/// <param name="Content">Its bytes: PNG, or the packed file.</param>
/// <param name="MediaType">Their type.</param>
public sealed record LabelImage(byte[] Content, string MediaType)
{
    /// <exception cref="UserErrorException">The image cannot be read, or is of a format that browsers do not show.</exception>
    public static LabelImage Read(Dataset dataset, int index)
    {
        if (dataset.Manifest.Encoding == PackEncoding.Pixels)
        {
            return new LabelImage(PngImage.Encode(dataset.Train[index], dataset.Train.Side), "image/png");
        }

        var file = dataset.Encoded(Split.Train)[index].ToArray();
        return new LabelImage(
            file, MediaTypeOf(file) ?? throw new UserErrorException($"Training image {index} of {dataset.Folder} is of a format that browsers do not show."));
    }

    // By the content: a packed file has no name.
    private static string? MediaTypeOf(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8]) ? "image/jpeg"
        : file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? "image/png"
        : file.StartsWith("GIF8"u8) ? "image/gif"
        : file.StartsWith("BM"u8) ? "image/bmp"
        : file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8) ? "image/webp"
        : null;
}
