using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Repair;

/// <summary>Makes damaged or missing files of a dataset again from its source. Each must have the checksum that it had, or it is not replaced.</summary>
internal sealed class DatasetRepair
{
    private readonly string _folder;
    private readonly DatasetManifest _manifest;
    private readonly PackOptions _options;
    private readonly IProgress<StageProgress>? _progress;

    private DatasetRepair(string folder, DatasetManifest manifest, PackOptions options, IProgress<StageProgress>? progress)
    {
        _folder = folder;
        _manifest = manifest;
        _options = options;
        _progress = progress;
    }

    private string StagingPath => $"{_folder}.repair";

    /// <summary>Verifies a dataset and repairs what is damaged.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="source">Path of the source; null for the one that it was packed from.</param>
    /// <param name="progress">Receives progress and notices.</param>
    /// <param name="cancellationToken">Ends the repair; what was repaired stays.</param>
    /// <returns>The files that were made again.</returns>
    /// <exception cref="UserErrorException">The source is missing or differs, or a file cannot be made again.</exception>
    public static IReadOnlyList<string> Repair(string folder, string? source, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Dataset.IsSubset(folder))
        {
            throw UserErrorException.Usage(
                $"{folder} is a subset, which holds no images. Repair the dataset that does: "
                + $"Cgh.DataPrep repair {SubsetInfo.Load(folder).ParentFolder(folder)}");
        }

        using var dataset = Dataset.Open(folder);
        var manifest = dataset.Manifest;
        var damaged = DatasetVerification.Find(folder, manifest, progress, cancellationToken);
        if (damaged.Count == 0)
        {
            return [];
        }

        if (PackSettings.Of(manifest) is not { } settings)
        {
            throw new UserErrorException(
                $"{damaged[0].File.PathIn(folder)} {damaged[0].What}, and {folder} was packed by an earlier version, which did not record how. "
                + "Pack the source again under another name.");
        }

        var path = source ?? manifest.SourcePath ?? manifest.Source!;
        if (!Path.Exists(path))
        {
            throw UserErrorException.NotFound($"The source of {folder}, {path}, does not exist. Say where it is with --source.");
        }

        using var held = StagingFolder.Lock($"{folder}.repair.lock", folder);
        using var opened = ImageSources.Open(path, settings.Source, progress, cancellationToken);
        if (opened.Fingerprint != settings.Fingerprint)
        {
            progress?.Report(StageProgress.Of(
                $"{path} has changed since {folder} was packed, or was copied: only files that get their former checksum are replaced."));
        }

        var repair = new DatasetRepair(folder, manifest, settings.ToOptions(), progress);
        return repair.Repair(opened, [.. damaged.Select(file => file.File)], cancellationToken);
    }

    private List<string> Repair(IImageSource source, IReadOnlyList<CheckedFile> damaged, CancellationToken cancellationToken)
    {
        var plan = PackPlanner.Make(source, _options);
        var repaired = new List<string>();
        using (var folder = PackFolder.Open(StagingPath, PackSettings.For(source, plan, _options), notify: null, cancellationToken))
        {
            PackShards(source, plan, damaged, folder, cancellationToken);
            foreach (var file in damaged)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (file.Split is null)
                {
                    throw new UserErrorException(
                        $"{file.PathIn(_folder)} cannot be made again: only packing compares all images. Everything else is repaired or was in order.");
                }

                WriteIndex(source, plan, file, folder.Path);
                Replace(file, folder);
                repaired.Add(file.PathIn(_folder));
            }

            folder.Delete();
        }

        return repaired;
    }

    private void PackShards(
        IImageSource source, PackPlan plan, IReadOnlyList<CheckedFile> damaged, PackFolder folder, CancellationToken cancellationToken)
    {
        var shards = plan.Shards
            .Where(shard => damaged.Any(file => file.Split == shard.Split && (file.Name == shard.File || file.Name == shard.OffsetsFile)))
            .ToList();
        var total = shards.Sum(shard => shard.Count);
        var done = 0;
        using var packer = new ShardPacker(source, plan, _options, folder);
        packer.Pack(
            shards.Where(shard => ShardRecord.Read(folder.Path, shard, folder.Settings, out _) is null),
            new SkipLimit(source.Info.Path, plan.Count, allowed: true),
            () => _progress?.Report(new StageProgress("repairing", Interlocked.Increment(ref done), total)),
            cancellationToken);
    }

    // From the list of the source and the names of skipped images; nothing is decoded.
    private void WriteIndex(IImageSource source, PackPlan plan, CheckedFile file, string staging)
    {
        var split = file.Split!.Value;
        if (file.PathIn("") is var path && path != Dataset.LabelsPath("", split) && path != Dataset.FilesPath("", split))
        {
            return;
        }

        var skipped = _manifest[split].Skipped.Select(image => image.File).ToHashSet(StringComparer.Ordinal);
        var positions = plan.Positions(split).ToArray().Where(position => skipped.Count == 0 || !skipped.Contains(source.Images[position].Listed));
        if (path == Dataset.LabelsPath("", split))
        {
            SplitIndex.WriteLabels(file.PathIn(staging), positions.Select(plan.LabelAt));
        }
        else
        {
            SplitIndex.WriteNames(file.PathIn(staging), positions.Select(position => source.Images[position].Name));
        }
    }

    private void Replace(CheckedFile file, PackFolder folder)
    {
        var made = file.PathIn(folder.Path);
        if (!File.Exists(made) || Checksum.Of(made) != file.Sha256)
        {
            // What this source gives is of no use to another attempt.
            folder.Delete();
            throw new UserErrorException(
                $"{file.PathIn(_folder)} cannot be repaired from this source: what was made of it has another checksum. "
                + "Give the source as it was with --source.");
        }

        SharedFile.Replace(made, file.PathIn(_folder));
    }
}
