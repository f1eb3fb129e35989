using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources.Archives;
using Cgh.DataPrep.Sources.Cifar;
using Cgh.DataPrep.Sources.Folders;
using Cgh.DataPrep.Sources.Idx;
using Cgh.DataPrep.Sources.Tables;

namespace Cgh.DataPrep.Sources;

/// <summary>A kind of source.</summary>
/// <param name="Description">What it looks like, for help: a sentence with a full stop.</param>
/// <param name="Recognizes">Whether a path is one. Looks at names and first bytes only, and opens nothing but regular files.</param>
/// <param name="Open">
/// Opens a path and reports progress. Throws <see cref="UserErrorException"/> if something is missing or damaged.
/// </param>
internal sealed record ImageSourceFormat(
    string Description,
    Func<string, bool> Recognizes,
    Func<SourceRequest, IProgress<StageProgress>?, CancellationToken, IImageSource> Open)
{
    /// <summary>The options of <see cref="SourceOptions"/> that it uses, by property. Class names apply to every kind of source.</summary>
    public IReadOnlyList<string> Uses { get; init; } = [];
}

/// <summary>A path to open, and what the user says about it.</summary>
internal sealed record SourceRequest(string Path, SourceOptions Options);

/// <summary>Every kind of source that can be packed.</summary>
internal static class ImageSources
{
    /// <summary>The first that recognizes a path opens it, so more specific ones come first.</summary>
    public static IReadOnlyList<ImageSourceFormat> All { get; } =
    [
        CifarSource.Format,
        IdxSource.Format,
        ImageNetArchives.Format,
        ParquetImages.Format,
        CsvImages.Format,
        KaggleImageNet.Format,
        TinyImageNet.Format,
        WebDataset.Format,
        ImageFolder.Format,
    ];

    /// <summary>What can be packed, for help.</summary>
    public static string Description => string.Join(" ", All.Select(format => format.Description));

    /// <exception cref="UserErrorException">No format recognizes the path, or the source cannot be read.</exception>
    public static IImageSource Open(
        string path, SourceOptions? options = null, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new SourceOptions();
        try
        {
            var format = All.FirstOrDefault(format => format.Recognizes(path)) ?? throw UnknownSource.Error(path);
            UnusedOptions.Check(path, format, options);
            var source = format.Open(new SourceRequest(path, options), progress, cancellationToken);
            return options.ClassNames is { } names ? SourceWithClassNames.Open(source, names) : source;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} Fix this and rerun the command.", error);
        }
    }
}
