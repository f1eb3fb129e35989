using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources.Folders;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>A table of image files and labels, and the images beside it or in folders below.</summary>
internal sealed class CsvImages : ImageFiles
{
    private static readonly string[] s_tables = ["labels.csv", "train.csv", "train_labels.csv"];
    private static readonly string[] s_extensions = [".csv", ".tsv"];

    private CsvImages(string root, SourceInfo info, ImageList images, string fingerprint)
        : base(root, info, images, fingerprint)
    {
    }

    public static ImageSourceFormat Format { get; } = new(
        "CSV of files and labels beside the images, or the folder that holds both.", path => FindTable(path) is not null, Open)
    {
        Uses = [nameof(SourceOptions.ImageColumn), nameof(SourceOptions.LabelColumn)],
    };

    private static CsvImages Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var table = Path.GetFullPath(FindTable(request.Path)!);
        var (root, tableName) = (Path.GetDirectoryName(table)!, Path.GetFileName(table));
        var passedOver = new PassedOverList();
        progress?.Report(new StageProgress("listing", 0, 1));
        var rows = new CsvRows(root, tableName, passedOver, cancellationToken);
        rows.Read(table, request.Options);
        var classes = ClassList.Of(rows.Labelled.Select(row => row.Label).Distinct(StringComparer.Ordinal), numbers: true);
        using var images = new HashedImageList();
        var sorted = rows.Labelled
            .Select(row => (row.Split, row.File, Label: classes.LabelOf(row.Label)))
            .OrderBy(row => row.Split)
            .ThenBy(row => row.Label)
            .ThenBy(row => row.File.Path, StringComparer.Ordinal);
        foreach (var (split, file, label) in sorted)
        {
            images.Add(split, file, label);
        }

        if (images.List.CountOf(Split.Train) == 0)
        {
            throw new UserErrorException(
                $"{table} labels no image for training below {root}. The first column of files must hold paths relative to the table, such as cat/1.jpg.");
        }

        progress?.Report(new StageProgress("listing", 1, 1));
        var info = new SourceInfo
        {
            Path = request.Path,
            Kind = "table of image files",
            LabelsFrom = $"{tableName}",
            Classes = classes.Names,
            PassedOver = passedOver.ToList(),
        };
        return new CsvImages(root, info, images.List, images.Fingerprint(FileLabels.HashOf(table)));
    }

    // A table in a folder counts if its first image is there: folders of classes often hold tables about something else.
    private static string? FindTable(string path)
    {
        if (File.Exists(path))
        {
            return s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? path : null;
        }

        if (!Directory.Exists(path) || Directory.Exists(Path.Combine(path, "train")) && Directory.EnumerateDirectories(Path.Combine(path, "train")).Any())
        {
            return null;
        }

        var tables = s_extensions.SelectMany(extension => Directory.EnumerateFiles(path, "*" + extension)).Order(StringComparer.Ordinal).ToList();
        var named = s_tables.Select(name => tables.Find(table => Path.GetFileName(table).Equals(name, StringComparison.OrdinalIgnoreCase)));
        return named.Append(tables is [var only] ? only : null).FirstOrDefault(table => table is not null && HasImages(path, table));
    }

    private static bool HasImages(string folder, string table)
    {
        try
        {
            return LabelTable.Read(table, new SourceOptions()).Take(1).Any(row => CsvRows.IsInside(row.File)
                && Directory.EnumerateDirectories(folder).Prepend(folder).Any(inner => SourceNames.ImageExtensions.Prepend("")
                    .Any(extension => File.Exists(Path.Combine(inner, row.File + extension)))));
        }
        catch (UserErrorException error) when (FileFault.IsOfTheFile(error))
        {
            // Not a table of files and labels, so the folder is something else.
            return false;
        }
    }
}
