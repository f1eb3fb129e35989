using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Folders;

namespace Cgh.DataPrep.Subsets;

/// <summary>
/// A folder in ImageNet's layout, <c>train/CLASS</c> and <c>val/CLASS</c>, whose files are hard links to the source files of a subset, for other tools.
/// It is written to a staging folder until <see cref="Complete"/>.
/// </summary>
internal sealed class LinkedFolder : IDisposable
{
    /// <summary>Name of the file that says what the folder is.</summary>
    public const string NoteFile = "subset.txt";

    private readonly StagingFolder _staging;
    private readonly string _folder;
    private bool _isComplete;

    private LinkedFolder(StagingFolder staging, string folder)
    {
        _staging = staging;
        _folder = folder;
    }

    /// <summary>Number of links.</summary>
    public int Images { get; private set; }

    /// <summary>Number of classes with images.</summary>
    public int Classes { get; private set; }

    /// <summary>Links the images in a staging folder.</summary>
    /// <param name="folder">The folder, which must be new or empty.</param>
    /// <param name="dataset">The dataset that holds the images, not a subset.</param>
    /// <param name="images">For each split, the images: their split in the dataset, and their positions in it.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="cancellationToken">Cancels it; the staging folder is deleted.</param>
    /// <exception cref="UserErrorException">The source is not a folder of files, is missing or incomplete, or cannot be linked.</exception>
    public static LinkedFolder Stage(
        string folder,
        Dataset dataset,
        IReadOnlyDictionary<Split, (Split From, int[] Positions)> images,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseContent(folder);
        var root = RootOf(dataset, progress, cancellationToken);
        var links = images.SelectMany(split => Links(split.Key, dataset, split.Value.From, split.Value.Positions)).ToList();
        var missing = links.Where(link => !File.Exists(Path.Combine(root, link.Name))).Select(link => link.Name).ToList();
        if (missing.Count > 0)
        {
            throw new UserErrorException(
                $"--link: {missing.Count} of {links.Count} files are not in {root}, the first is {UserText.Shortened(missing[0])}. "
                + "Restore them, or leave out --link.");
        }

        var linked = new LinkedFolder(StagingFolder.Open(folder, NoteFile), folder);
        try
        {
            // Another process may have written it meanwhile.
            RefuseContent(folder);
            linked.Fill(root, links, dataset, progress, cancellationToken);
            return linked;
        }
        catch
        {
            linked.Dispose();
            throw;
        }
    }

    /// <summary>Renames the staging folder.</summary>
    public void Complete()
    {
        _staging.Complete();
        _isComplete = true;
    }

    public void Dispose()
    {
        if (!_isComplete)
        {
            _staging.Delete();
        }

        _staging.Dispose();
    }

    private void Fill(
        string root,
        IReadOnlyList<(string Folder, string File, string Name)> links,
        Dataset dataset,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            _staging.Clear();
            AtomicFile.WriteText(
                Path.Combine(_staging.Path, NoteFile), $"Hard links to images in {root}, a subset of the dataset {dataset.Manifest.Name}. Do not edit them.\n");
            foreach (var folder in links.Select(link => link.Folder).Distinct())
            {
                Directory.CreateDirectory(Path.Combine(_staging.Path, folder));
            }

            Classes = links.Select(link => link.Folder[(link.Folder.IndexOf('/', StringComparison.Ordinal) + 1)..]).Distinct().Count();
            for (; Images < links.Count; Images++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (folder, file, name) = links[Images];
                HardLink.Create(Path.Combine(root, name), Path.Combine(_staging.Path, folder, file));
                progress?.Report(new StageProgress("linking", Images + 1, links.Count));
            }
        }
        catch (CrossDeviceException)
        {
            throw new UserErrorException(
                $"--link: {_folder} is on another file system than {root}, and hard links cannot cross them. "
                + "Choose a folder on the file system of the source.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--link: cannot link into {_folder}: {UserText.FirstLine(error)} Choose another folder, or leave out --link.", error);
        }
    }

    private static void RefuseContent(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw UserErrorException.Usage($"--link: {folder} exists and is not empty. Choose another folder.");
        }
    }

    private static string RootOf(Dataset dataset, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var manifest = dataset.Manifest;
        if (manifest.SourcePath is not { } path)
        {
            throw new UserErrorException(
                $"--link: {dataset.Folder} does not say where its source is, because an earlier version packed it. "
                + "Pack the source again, or leave out --link.");
        }

        if (!Path.Exists(path))
        {
            throw UserErrorException.NotFound($"--link: the source of {dataset.Folder}, {path}, does not exist. Restore it, or leave out --link.");
        }

        using var source = ImageSources.Open(path, (manifest.SourceOptions ?? new()) with { ClassNames = null }, progress, cancellationToken);
        return source is ImageFiles files
            ? files.Root
            : throw new UserErrorException(
                $"--link: {dataset.Folder} was packed from {path}, which does not hold each image in a file of its own ({source.Info.Kind}). "
                + "Unpack the images into folders and pack those, or leave out --link.");
    }

    // Files keep their names. Of two with the same name in a class, the second gets its path instead.
    private static IEnumerable<(string Folder, string File, string Name)> Links(Split split, Dataset dataset, Split from, int[] positions)
    {
        var names = dataset.FileNames(from);
        var labels = dataset.OriginalLabels(from);
        var taken = new HashSet<(string, string)>();
        foreach (var position in positions)
        {
            var folder = $"{(split == Split.Train ? "train" : "val")}/{dataset.Manifest.Classes[(int)labels[position]]}";
            var name = names[position];
            var file = name[(name.LastIndexOf('/') + 1)..];
            if (!taken.Add((folder, file)))
            {
                file = name.Replace('/', '_');
                taken.Add((folder, file));
            }

            yield return (folder, file, name);
        }
    }
}
