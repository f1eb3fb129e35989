using System.CommandLine;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Repair;

namespace Cgh.DataPrep.Commands;

/// <summary><c>verify</c>: compares the files of a dataset with their checksums.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("verify", """
            Compares every file of a dataset with its checksum in dataset.json and names those that are damaged or missing.
            Exits with 1 if there are any. 'repair' makes them again from the source. Of a subset, its indices and the files of
            the dataset that holds the images are compared.

            Example:
              Cgh.DataPrep verify imagenet
            """)
        {
            dataset, data,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var folder = SharedOptions.Folder(parse, dataset, data);
            return ProgressDisplay.RunAsync(progress =>
            {
                // Opening a subset compares its indices.
                using var opened = Dataset.Open(folder);
                var (holder, indices) = opened.Subset is { } subset ? (subset.Parent, IndexFiles(folder)) : (opened, []);
                var damaged = DatasetVerification.Find(holder.Folder, holder.Manifest, progress, cancellationToken);
                var sets = DamagedLabelSets(opened).ToList();
                if (damaged.Count + sets.Count > 0)
                {
                    var name = holder == opened ? parse.GetValue(dataset) : holder.Folder;
                    var repair = damaged.Count > 0 ? [$"To repair it: Cgh.DataPrep repair {name}"] : Array.Empty<string>();
                    throw new UserErrorException(
                        string.Join('\n', damaged.Select(file => $"{file.File.PathIn(holder.Folder)} {file.What}.").Concat(sets).Concat(repair)));
                }

                var files = DatasetVerification.FilesOf(holder.Manifest).Select(file => new FileInfo(file.PathIn(holder.Folder))).Concat(indices).ToList();
                return string.Create(
                    CultureInfo.InvariantCulture, $"{folder}: {files.Count:N0} files, {UserText.Bytes(files.Sum(file => file.Length))}: all checksums match.");
            });
        });
        return command;
    }

    private static IEnumerable<FileInfo> IndexFiles(string folder) =>
        Enum.GetValues<Split>().Select(split => new FileInfo(SubsetInfo.IndicesPath(folder, split))).Where(file => file.Exists);

    private static IEnumerable<string> DamagedLabelSets(Dataset dataset)
    {
        foreach (var name in dataset.LabelSetNames().Where(name => name != LabelSet.Original))
        {
            string? damage = null;
            try
            {
                dataset.Labels(name);
            }
            catch (UserErrorException error)
            {
                damage = error.Message;
            }

            if (damage is not null)
            {
                yield return damage;
            }
        }
    }
}
