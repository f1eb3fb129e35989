using Cgh.Core;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>Which folders of a source hold which split.</summary>
/// <param name="Root">The folder that image names are relative to: the given one, or the one in it that holds everything.</param>
/// <param name="Train">Folder of the training split relative to the root; empty if the root's folders are the classes.</param>
/// <param name="Val">Folder of the validation split; null if there is none.</param>
internal sealed record FolderLayout(string Root, string Train, string? Val)
{
    private static readonly string[] s_train = ["train", "training"];
    private static readonly string[] s_test = ["test", "testing"];
    private static readonly string[] s_val = ["val", "valid", "validation", .. s_test];

    /// <summary>Whether there are folders for splits.</summary>
    public bool HasSplits => Train.Length > 0;

    /// <summary>Finds the splits by the names of the folders.</summary>
    /// <param name="path">The source.</param>
    /// <param name="testHasLabels">Whether the user has labels for a flat folder. Without, one of test images is no validation split.</param>
    /// <param name="passedOver">Receives nothing, but lists files.</param>
    /// <param name="cancellationToken">Cancels listing.</param>
    /// <exception cref="UserErrorException">There is a folder for validation and none for training, or one for training without classes.</exception>
    public static FolderLayout Find(string path, bool testHasLabels, PassedOverList passedOver, CancellationToken cancellationToken)
    {
        for (var root = path; ; root = Path.Combine(root, Only(root)!))
        {
            var files = new FolderFiles(root, passedOver, cancellationToken);
            var folders = files.Folders("", out var holdsImages);
            var train = First(folders, s_train);
            var val = First(folders, s_val);
            if (train is not null)
            {
                var classes = files.Folders(train, out var flat);
                if (classes.Count > 0 || !flat)
                {
                    var isTest = !testHasLabels && s_test.Contains(val, StringComparer.OrdinalIgnoreCase);
                    return new FolderLayout(root, train, isTest && files.Folders(val!, out _) is [] or ["images"] ? null : val);
                }

                if (folders.TrueForAll(folder => s_train.Concat(s_val).Contains(folder, StringComparer.OrdinalIgnoreCase)))
                {
                    throw new UserErrorException(
                        $"{Path.Combine(root, train)} holds images without class folders. Put them into {train}/CLASS/, "
                            + "or write a table of files and labels and pack that: pack FILE.csv.");
                }
            }
            else if (val is not null && folders.Count == 1)
            {
                throw new UserErrorException($"{root} holds '{val}' but no folder 'train'. "
                    + $"ImageNet's layout is needed: train/CLASS/*.JPEG and {val}/CLASS/*.JPEG.");
            }

            // A class named train, for instance: one of vehicles.
            if (holdsImages || folders.Count != 1 || Only(root) is null)
            {
                return new FolderLayout(root, "", null);
            }
        }

        // The only folder in a folder, if that holds folders in turn: what unpacking an archive leaves.
        string? Only(string root)
        {
            var files = new FolderFiles(root, passedOver, cancellationToken);
            return files.Folders("", out _) is [var only]
                && !FolderFiles.IsLoop(Path.Combine(root, only))
                && files.Folders(only, out var holdsImages, untilImage: true) is [_, ..] and not ["images"]
                && !holdsImages
                ? only
                : null;
        }
    }

    private static string? First(List<string> folders, string[] names) =>
        names.Select(name => folders.Find(folder => folder.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(folder => folder is not null);
}
