using Cgh.Core.Datasets;
using Cgh.Images;

namespace Cgh.DataPrep.Sources;

/// <summary>An opened source of labelled images. A kind of source is a class in this folder and a line in <see cref="ImageSources"/>.</summary>
/// <remarks>
/// Opening lists every image with its name and label, without decoding any: what is packed, and in which order, is decided from the list. Content, order
/// and names depend on the source alone, so that packing it twice gives the same dataset and each shard can be packed on its own.
/// </remarks>
internal interface IImageSource : IDisposable
{
    /// <summary>What was recognised, for messages and for <c>dataset.json</c>.</summary>
    SourceInfo Info { get; }

    /// <summary>Every labelled image, unreadable ones included: first those of the training split, then those of the validation split.</summary>
    ImageList Images { get; }

    /// <summary>
    /// Changes whenever the content does: an interrupted pack resumes only if it is the same. A SHA-256 of names, lengths and times
    /// is enough.
    /// </summary>
    string Fingerprint { get; }

    /// <summary>
    /// Whether a sample's stream is valid only until the next sample, as in an archive that is read from front to back: the packer then reads it at once.
    /// Otherwise streams are opened later, on several threads at a time.
    /// </summary>
    bool IsSequential { get; }

    /// <summary>Returns images in the order given. May be called several times, by one thread at a time.</summary>
    /// <param name="positions">Ascending positions in <see cref="Images"/>. The source is read from the first of them to the last.</param>
    /// <exception cref="Core.UserErrorException">The source turns out to be damaged.</exception>
    IEnumerable<ImageSample> Samples(IEnumerable<int> positions);
}

/// <summary>What a source is.</summary>
internal sealed record SourceInfo
{
    /// <summary>Path as the user gave it, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>What was recognised: a noun phrase without article, such as <c>ImageNet archives</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the labels come from: a noun phrase, such as <c>the names of the class folders</c>.</summary>
    public required string LabelsFrom { get; init; }

    /// <summary>
    /// Names of the classes of both splits, also those without images. A label is an index into them. Ordinal order, unless the source numbers its classes.
    /// </summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Readable names from a mapping file, one for each of <see cref="Classes"/>; null if there is none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Files that are not labelled images, by reason.</summary>
    public IReadOnlyList<PassedOverFiles> PassedOver { get; init; } = [];
}

/// <summary>One image of a source.</summary>
/// <param name="Position">Its position in <see cref="IImageSource.Images"/>.</param>
/// <param name="Image">Its name and label.</param>
/// <param name="Open">
/// Opens the encoded image; called at most once. Throws <see cref="UnreadableImageException"/> if the image itself is at fault: it is then skipped and the
/// reason recorded.
/// </param>
internal sealed record ImageSample(int Position, SourceImage Image, Func<Stream> Open);
