using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>
/// Images in folders: <c>train/CLASS/NAME.JPEG</c> and <c>val/CLASS/NAME.JPEG</c>, or class folders without splits, or a flat <c>val</c> whose labels are
/// in a table. Classes are in ordinal order, and files are in ordinal order within their class: an image's index in the dataset depends only on names.
/// </summary>
internal sealed class ImageFolder : ImageFiles
{
    private ImageFolder(string root, SourceInfo info, ImageList images, string fingerprint)
        : base(root, info, images, fingerprint)
    {
    }

    /// <summary>The entry in <see cref="ImageSources"/>. It recognizes every folder, so that its errors say what a folder lacks.</summary>
    public static ImageSourceFormat Format { get; } = new(
        "Folder with train/CLASS/*.JPEG and val/CLASS/*.JPEG, or with class folders only.",
        Directory.Exists,
        (request, progress, cancellationToken) => Open(request, FolderKind.ImageNet, progress, cancellationToken))
    {
        Uses = [nameof(SourceOptions.ValLabels)],
    };

    /// <summary>Lists the images below a folder.</summary>
    /// <exception cref="UserErrorException">The folder is in no known layout, or holds no images.</exception>
    public static ImageFolder Open(SourceRequest request, FolderKind kind, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var passedOver = new PassedOverList();
        var layout = FolderLayout.Find(kind.Root ?? request.Path, request.Options.ValLabels is not null, passedOver, cancellationToken);
        var files = new FolderFiles(layout.Root, passedOver, cancellationToken) { Known = kind.KnownFiles };
        var train = ClassFolders.Find(files, layout.Train, files.Folders(layout.Train, out _));
        var val = layout.Val is null ? ValFolder.None : ValFolder.Find(files, layout.Val, request.Options, kind);
        if (request.Options.ValLabels is not null && val.Labels is null)
        {
            throw UserErrorException.Usage(
                $"{request.Path} has no folder of validation images without class folders, so --val-labels does not apply. Remove the option.");
        }

        var flat = val.ReadLabels();
        var classes = ClassList.Of([.. train.Select(found => found.Name), .. val.Classes.Select(found => found.Name), .. flat.Select(image => image.Class)]);
        using var images = new HashedImageList();
        var nested = 0;
        for (var i = 0; i < train.Count; i++)
        {
            progress?.Report(new StageProgress("listing", i, train.Count));
            nested += Add(Split.Train, train[i]);
        }

        progress?.Report(new StageProgress("listing", train.Count, train.Count));
        foreach (var found in val.Classes)
        {
            nested += Add(Split.Val, found);
        }

        // By label, then by name: as if they were in class folders.
        foreach (var (file, name) in flat.OrderBy(image => classes.LabelOf(image.Class)).ThenBy(image => image.File.Path, StringComparer.Ordinal))
        {
            images.Add(Split.Val, file, classes.LabelOf(name));
        }

        PassOverTheRest(files, layout);
        if (images.List.CountOf(Split.Train) == 0 || (layout.Val is not null && images.List.CountOf(Split.Val) == 0))
        {
            var empty = images.List.CountOf(Split.Train) == 0 ? layout.Train : layout.Val!;
            var path = Path.TrimEndingDirectorySeparator(Path.Combine(layout.Root, empty));
            files.Folders(empty, out var holdsImages, untilImage: true);
            throw new UserErrorException(
                (holdsImages ? $"{path} holds images, but no class folders with images. " : $"{path} holds no images ({SourceNames.ListedExtensions}). ")
                    + $"Class folders are needed: {(empty.Length == 0 ? "CLASS" : $"{empty}/CLASS")}/*.JPEG."
                    + (holdsImages && empty.Length == 0 ? " If it is a class itself, pack the folder above it." : ""));
        }

        var info = new SourceInfo
        {
            Path = request.Path,
            Kind = kind.Describe(layout),
            LabelsFrom = val.Describe("the names of the class folders") + (nested == 0 ? "" : $" (images in folders within them: {nested})"),
            Classes = classes.Names,
            ClassNames = kind.ClassNames is { } namesFile ? ClassNameFile.Read(namesFile, classes.Names) : null,
            PassedOver = passedOver.ToList(),
        };
        return new ImageFolder(layout.Root, info, images.List, images.Fingerprint(val.Labels?.Fingerprint));

        int Add(Split split, ClassFolder found)
        {
            var listed = new List<FolderFile>();
            var inner = found.Folders.Sum(folder => files.AddImages(folder, listed));
            listed.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
            listed.ForEach(file => images.Add(split, file, classes.LabelOf(found.Name)));
            return inner;
        }
    }

    private static void PassOverTheRest(FolderFiles files, FolderLayout layout)
    {
        files.PassOverFiles("", "not in a class folder");
        if (!layout.HasSplits)
        {
            return;
        }

        files.PassOverFiles(layout.Train, "not in a class folder");
        foreach (var folder in files.Folders("", out _).Where(folder => folder != layout.Train && folder != layout.Val))
        {
            files.PassOverFolder(folder, $"in folder '{folder}', which is not used");
        }
    }
}
