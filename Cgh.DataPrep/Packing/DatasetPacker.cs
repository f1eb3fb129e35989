using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
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

    /// <param name="open">Opens the source.</param>
    /// <param name="folder">Folder of the dataset.</param>
    /// <param name="options">How to pack.</param>
    /// <param name="progress">Receives progress and notices.</param>
    /// <param name="cancellationToken">Ends packing; finished shards are kept.</param>
    /// <param name="begin">Called once other processes can pack shards too, before this one does.</param>
    internal static DatasetManifest Pack(
        Func<IImageSource> open,
        string folder,
        PackOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken,
        Action<DatasetPack>? begin = null)
    {
        options.Check();
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        PackFolder.RefuseExisting(folder);
        using var source = open();
        options = SmallImages.Fit(source, options);
        var plan = Announce(source, folder, options, progress, cancellationToken);
        using var pack = DatasetPack.Open(source, plan, folder, options, progress, cancellationToken);
        begin?.Invoke(pack);
        pack.PackAll(cancellationToken);
        return pack.Complete(cancellationToken);
    }

    /// <summary>Reports, without packing, what would be packed and what that takes.</summary>
    /// <exception cref="UserErrorException">The source cannot be packed with these options, or does not fit on the disk.</exception>
    public static void Describe(string source, string folder, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        options.Check();
        using var opened = ImageSources.Open(source, options.Source, progress, cancellationToken);
        Announce(opened, Path.GetFullPath(folder), SmallImages.Fit(opened, options), progress, cancellationToken);
    }

    private static PackPlan Announce(
        IImageSource source, string folder, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var plan = PackPlanner.Make(source, options);
        Notify(PackSummary.Lines(source, plan));
        if (PackFolder.MissingIn(folder, plan, PackSettings.For(source, plan, options)) is { Count: > 0 } missing)
        {
            var estimate = PackEstimate.Measure(source, plan, missing, options, cancellationToken);
            Notify(estimate.Lines());
            estimate.CheckDisk(folder, DiskSpace.Free(Path.GetDirectoryName(folder)!));
        }

        return plan;

        void Notify(IEnumerable<string> lines)
        {
            foreach (var line in lines)
            {
                progress?.Report(StageProgress.Of(line));
            }
        }
    }
}
