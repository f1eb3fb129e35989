using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Repair;

/// <summary>A file of a dataset and its checksum.</summary>
/// <param name="Split">Its split; null if it belongs to both.</param>
/// <param name="Name">File name within the split's folder, or the dataset's.</param>
/// <param name="Sha256">SHA-256 that it should have.</param>
internal sealed record CheckedFile(Split? Split, string Name, string Sha256)
{
    public string PathIn(string folder) => Path.Combine(Split is { } split ? Dataset.SplitFolder(folder, split) : folder, Name);
}

/// <summary>A file that is missing or does not match its checksum.</summary>
/// <param name="File">The file.</param>
/// <param name="What">What is wrong: "is missing", for instance.</param>
internal sealed record DamagedFile(CheckedFile File, string What);

/// <summary>Compares the files of a dataset with their checksums.</summary>
internal static class DatasetVerification
{
    /// <summary>Every file whose checksum <c>dataset.json</c> has.</summary>
    public static IEnumerable<CheckedFile> FilesOf(DatasetManifest manifest)
    {
        foreach (var split in Enum.GetValues<Split>())
        {
            var contents = manifest[split];
            foreach (var shard in contents.Shards)
            {
                yield return new CheckedFile(split, shard.File, shard.Sha256);
                if (shard.OffsetsSha256 is { } offsets)
                {
                    yield return new CheckedFile(split, Path.GetFileName(EncodedImages.OffsetsPath(Path.GetFullPath(shard.File))), offsets);
                }
            }

            if (contents is { LabelsSha256: { } labels, FilesSha256: { } files })
            {
                yield return new CheckedFile(split, Path.GetFileName(Dataset.LabelsPath("", split)), labels);
                yield return new CheckedFile(split, Path.GetFileName(Dataset.FilesPath("", split)), files);
            }
        }

        if (manifest.Duplicates?.Sha256 is { } duplicates)
        {
            yield return new CheckedFile(Split: null, DuplicateCounts.FileName, duplicates);
        }
    }

    /// <summary>Reads every file and returns those that are damaged.</summary>
    /// <exception cref="UserErrorException">A file cannot be read, which may be no fault of its content.</exception>
    public static IReadOnlyList<DamagedFile> Find(
        string folder, DatasetManifest manifest, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var files = FilesOf(manifest).ToList();
        var damage = new string?[files.Count];
        var done = 0;
        Parallelism.For(files.Count, cancellationToken, i =>
        {
            damage[i] = Damage(files[i].PathIn(folder), files[i].Sha256);
            progress?.Report(new StageProgress("verifying", Interlocked.Increment(ref done), files.Count));
        });
        return [.. files.Zip(damage).Where(file => file.Second is not null).Select(file => new DamagedFile(file.First, file.Second!))];
    }

    private static string? Damage(string path, string sha256)
    {
        try
        {
            if (!File.Exists(path))
            {
                return "is missing";
            }

            return Checksum.Of(path) == sha256 ? null : "does not match its checksum";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }
}
