using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>Tiny ImageNet: <c>train/CLASS/images/</c>, a flat <c>val/images/</c> with <c>val/val_annotations.txt</c>, and <c>words.txt</c>.</summary>
internal static class TinyImageNet
{
    public static ImageSourceFormat Format { get; } = new(
        "Tiny ImageNet, with wnids.txt and val/val_annotations.txt.",
        path => Directory.Exists(Path.Combine(path, "train")) && (File.Exists(Path.Combine(path, "wnids.txt")) || File.Exists(ValLabels(path))),
        (request, progress, cancellationToken) =>
        {
            var (labels, names) = (ValLabels(request.Path), Path.Combine(request.Path, "words.txt"));
            var kind = new FolderKind("Tiny ImageNet", "Tiny ImageNet")
            {
                ValLabels = File.Exists(labels) ? labels : null,
                ClassNames = File.Exists(names) ? names : null,
                KnownFiles = ["wnids.txt", "words.txt", "val/val_annotations.txt"],
            };
            return ImageFolder.Open(request, kind, progress, cancellationToken);
        })
    {
        Uses = [nameof(SourceOptions.ValLabels)],
    };

    private static string ValLabels(string path) => Path.Combine(path, "val", "val_annotations.txt");
}
