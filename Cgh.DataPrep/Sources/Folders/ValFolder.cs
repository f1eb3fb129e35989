using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources.Tables;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>The validation images of a folder: in class folders, or flat with their labels in a table.</summary>
internal sealed class ValFolder
{
    private readonly FolderFiles? _files;
    private readonly string _folder = "";

    private ValFolder()
    {
    }

    private ValFolder(FolderFiles files, string folder)
    {
        _files = files;
        _folder = folder;
    }

    /// <summary>No validation images.</summary>
    public static ValFolder None { get; } = new();

    /// <summary>The class folders; empty if the images are flat.</summary>
    public IReadOnlyList<ClassFolder> Classes { get; private init; } = [];

    /// <summary>The labels of flat images; null if they are in class folders.</summary>
    public FileLabels? Labels { get; private init; }

    /// <summary>Finds out how the images are labelled.</summary>
    /// <param name="files">The source's files.</param>
    /// <param name="folder">The validation folder relative to the root.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="kind">The layout, which may have a table of labels.</param>
    /// <exception cref="UserErrorException">The images are flat, and there is no table of their labels.</exception>
    public static ValFolder Find(FolderFiles files, string folder, SourceOptions options, FolderKind kind)
    {
        var folders = files.Folders(folder, out var flat);
        var flatFolder = folder;
        if (!flat && folders is [var only] && only.Equals("images", StringComparison.OrdinalIgnoreCase))
        {
            flatFolder = FolderFiles.Join(folder, only);
            flat = files.Folders(flatFolder, out var holdsImages).Count == 0 && holdsImages;
            folders = flat ? [] : folders;
        }

        if (!flat || folders.Count > 0)
        {
            files.PassOverFiles(folder, "not in a class folder");
            return new ValFolder { Classes = ClassFolders.Find(files, folder, folders) };
        }

        return (options.ValLabels ?? kind.ValLabels) is { } path
            ? new ValFolder(files, flatFolder) { Labels = FileLabels.Read(path, options with { ImageColumn = null, LabelColumn = null }) }
            : throw new UserErrorException(
                $"{files.FullPath(flatFolder)} holds images without class folders. {(kind.ValLabelsHint is { } hint ? $"{hint}, or pass" : "Pass")} "
                    + "a table of their names and labels with --val-labels FILE.csv.");
    }

    /// <summary>The flat images with their classes. Images without a label and labels without an image are passed over.</summary>
    public IReadOnlyList<(FolderFile File, string Class)> ReadLabels()
    {
        if (Labels is null)
        {
            return [];
        }

        var listed = new List<FolderFile>();
        _files!.AddImages(_folder, listed);
        var table = Path.GetFileName(Labels.Path);
        var images = new List<(FolderFile, string)>(listed.Count);
        foreach (var file in listed)
        {
            if (Labels.LabelOf(file.Name) is { } name)
            {
                images.Add((file, name));
            }
            else
            {
                _files.PassedOver.Add($"without a label in {table}", file.Path);
            }
        }

        foreach (var missing in Labels.Unused)
        {
            _files.PassedOver.Add($"listed in {table} but missing", FolderFiles.Join(_folder, missing));
        }

        return images;
    }

    /// <summary>Where the labels come from.</summary>
    public string Describe(string trainLabels) => Labels is null ? trainLabels : $"{trainLabels} for train, {Path.GetFileName(Labels.Path)} for val";
}
