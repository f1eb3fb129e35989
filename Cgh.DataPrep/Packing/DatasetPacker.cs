using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Packs a source of images into a dataset.</summary>
public static class DatasetPacker
{
    /// <summary>
    /// Decodes, resizes and crops every image of <paramref name="source"/>. <paramref name="folder"/> appears only when it is complete.
    /// After an interruption, a call with the same arguments keeps the finished shards.
    /// </summary>
    /// <exception cref="UserErrorException">
    /// No class of <see cref="ImageSources"/> can read the source, too many of its files cannot be read, the folder is not empty, or the disk is full.
    /// </exception>
    public static DatasetManifest Pack(
        string source, string folder, PackOptions options, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Pack(() => ImageSources.Open(source, options.Source, progress, cancellationToken), folder, options, progress, cancellationToken);

    internal static DatasetManifest Pack(
        Func<IImageSource> open, string folder, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        options.Check();
        PackFolder.RefuseExisting(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        using var source = open();
        using var pack = DatasetPack.Open(source, PackPlanner.Make(source, options), folder, options, progress, cancellationToken);
        pack.PackAll(cancellationToken);
        return pack.Complete(cancellationToken);
    }
}
