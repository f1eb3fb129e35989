using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources;

/// <summary>An opened source of labelled images. A kind of source is a class in this folder and a line in <see cref="ImageSources"/>.</summary>
/// <remarks>
/// Designed for one pass: the packer enumerates each split once, in order, without random access. Content, order and names depend on the source alone, so
/// that packing it twice gives the same dataset and an interrupted pack can skip what it had finished.
/// </remarks>
internal interface IImageSource : IDisposable
{
    /// <summary>Path as the user gave it, for messages.</summary>
    string Path { get; }

    /// <summary>Names of the classes. A label is an index into them.</summary>
    IReadOnlyList<string> Classes { get; }

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

    /// <summary>Number of samples in a split, unreadable ones included.</summary>
    int Count(Split split);

    /// <summary>The samples of a split. When packing resumes, finished samples are enumerated again but not opened.</summary>
    /// <exception cref="Core.UserErrorException">The source turns out to be damaged.</exception>
    IEnumerable<ImageSample> Samples(Split split);
}

/// <summary>One image file of a source.</summary>
/// <param name="Name">Unique within the source, with '/': <c>train/CLASS/NAME.JPEG</c>. Identifies the image in the dataset.</param>
/// <param name="Label">Index of its class.</param>
/// <param name="Open">
/// Opens the encoded image; called at most once. If it throws <see cref="UnreadableImageException"/> or another <see cref="IOException"/>, the image is
/// skipped and the reason recorded.
/// </param>
internal sealed record ImageSample(string Name, int Label, Func<Stream> Open)
{
    /// <summary>The name on one line, as lists of files give it.</summary>
    public string Listed => Name.Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>An image that cannot be read.</summary>
/// <param name="reason">What <c>dataset.json</c> says of it: a clause without a full stop.</param>
internal sealed class UnreadableImageException(string reason) : IOException(reason);
