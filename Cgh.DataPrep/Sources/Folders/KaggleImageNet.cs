using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>
/// ImageNet as Kaggle has it: <c>ILSVRC/Data/CLS-LOC/{train,val,test}</c> with a flat <c>val</c>, and <c>LOC_val_solution.csv</c> and
/// <c>LOC_synset_mapping.txt</c> beside <c>ILSVRC</c>.
/// </summary>
internal static class KaggleImageNet
{
    private const string Folder = "CLS-LOC";
    private const string ValLabels = "LOC_val_solution.csv";
    private const string ClassNames = "LOC_synset_mapping.txt";

    public static ImageSourceFormat Format { get; } = new(
        $"Kaggle's ImageNet: ILSVRC/Data/CLS-LOC/ with {ValLabels}.",
        path => FindFolder(path) is not null,
        (request, progress, cancellationToken) =>
        {
            var folder = FindFolder(request.Path)!;
            var kind = new FolderKind("ImageNet in Kaggle's layout", "ImageNet in Kaggle's layout")
            {
                Root = folder,
                ValLabels = FindAbove(folder, ValLabels),
                ValLabelsHint = $"Put Kaggle's {ValLabels} beside the folder ILSVRC",
                ClassNames = FindAbove(folder, ClassNames),
                KnownFiles = [ValLabels, ClassNames],
            };
            return ImageFolder.Open(request, kind, progress, cancellationToken);
        })
    {
        Uses = [nameof(SourceOptions.ValLabels)],
    };

    private static string? FindFolder(string path) =>
        new[] { path, Path.Combine(path, Folder), Path.Combine(path, "Data", Folder), Path.Combine(path, "ILSVRC", "Data", Folder) }
            .FirstOrDefault(folder => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) == Folder
                && Directory.Exists(Path.Combine(folder, "train")));

    private static string? FindAbove(string folder, string file)
    {
        var above = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        for (var level = 0; level < 4 && above is not null; level++, above = Path.GetDirectoryName(above))
        {
            if (File.Exists(Path.Combine(above, file)))
            {
                return Path.Combine(above, file);
            }
        }

        return null;
    }
}
