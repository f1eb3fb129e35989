using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using ParquetSharp;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>The columns of a Parquet file that hold images and labels.</summary>
/// <param name="Image">Index of the column with the encoded images.</param>
/// <param name="Label">Index of the column with the labels.</param>
/// <param name="LabelName">Name of the label column.</param>
/// <param name="LabelIsText">Whether labels are names of classes instead of numbers.</param>
/// <param name="ClassNames">Names of numbered classes from the schema's metadata; null if it has none.</param>
internal sealed record ParquetColumns(int Image, int Label, string LabelName, bool LabelIsText, IReadOnlyList<string>? ClassNames)
{
    private const string ImageHelp = "Images are a column of bytes, or of structures with a field 'bytes'";
    private const string LabelHelp = "Labels are a column of integers or strings";
    private const string BytesField = "bytes";
    private const string CoarseLabel = "coarse_label";

    private static readonly string[] s_images = ["image", "img", "jpg", "jpeg", "png", "webp", "bytes", "image_bytes", "picture", "photo", "content", "data"];

    private static readonly string[] s_labels =
    [
        "label", "labels", "fine_label", "class", "cls", "class_label", "target", "category", "class_name", "label_name", "wnid", "coarse_label", "y",
    ];

    /// <summary>Finds the columns by the options, else by their names and types.</summary>
    /// <exception cref="UserErrorException">A column is missing or has another type.</exception>
    public static ParquetColumns Find(string path, FileMetaData file, SourceOptions options)
    {
        var columns = Enumerable.Range(0, file.NumColumns).Select(i => new Column(i, file.Schema.Column(i))).ToArray();
        var features = Features(file);
        var image = Choose(path, columns, "image", options.ImageColumn, s_images, column => column.IsImage)
            ?? (columns.Where(column => column is { IsImage: true, IsText: false }).ToArray() is [var only] ? only : null)
            ?? throw Missing(path, columns, "image", ImageHelp);
        if (options.Coarse && (options.LabelColumn is not null || !Array.Exists(columns, column => column is { Name: CoarseLabel, IsLabel: true })))
        {
            throw UserErrorException.Usage(options.LabelColumn is not null
                ? "--coarse and --label-column exclude each other. Remove one of them."
                : $"--coarse does not apply to {path}: it has no column '{CoarseLabel}'. Remove it.");
        }

        var names = options.Coarse ? [CoarseLabel] : s_labels;
        var label = Choose(path, columns, "label", options.LabelColumn, names, column => column.IsLabel)
            ?? columns.FirstOrDefault(column => column.IsLabel && features.ContainsKey(column.Name))
            ?? throw Missing(path, columns, "label", LabelHelp);
        return new ParquetColumns(image.Index, label.Index, label.Name, label.IsText, label.IsText ? null : features.GetValueOrDefault(label.Name));
    }

    private static Column? Choose(string path, Column[] columns, string what, string? given, IEnumerable<string> names, Func<Column, bool> fits)
    {
        if (given is null)
        {
            return names
                .Select(name => Array.Find(columns, column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && fits(column)))
                .FirstOrDefault(column => column is not null);
        }

        var named = columns.Where(column => column.Name == given || column.Path == given).ToArray();
        return Array.Find(named, column => fits(column)) ?? throw UserErrorException.Usage(named is [var other, ..]
            ? $"{path}: column '{UserText.Shortened(given)}' has the type {other.Type}. {(what == "image" ? ImageHelp : LabelHelp)}."
            : $"{path} has no column '{UserText.Shortened(given)}'.{NearestName.Suggest(given, columns.Select(column => column.Name).Distinct().Take(20))}");
    }

    private static UserErrorException Missing(string path, Column[] columns, string what, string help)
    {
        var known = string.Join(", ", columns.Take(20).Select(column => $"{column.Path} ({column.Type})"));
        return new UserErrorException($"{path} has no {what} column among {UserText.Shortened(known, 400)}. {help}: name it with --{what}-column.");
    }

    // What Hugging Face's libraries write: {"info": {"features": {"label": {"names": [...], "_type": "ClassLabel"}}}}.
    private static Dictionary<string, IReadOnlyList<string>> Features(FileMetaData file)
    {
        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (!file.KeyValueMetadata.TryGetValue("huggingface", out var text))
        {
            return found;
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            foreach (var feature in json.RootElement.GetProperty("info").GetProperty("features").EnumerateObject())
            {
                if (feature.Value.ValueKind == JsonValueKind.Object
                    && feature.Value.TryGetProperty("names", out var names)
                    && names.ValueKind == JsonValueKind.Array
                    && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String))
                {
                    found[feature.Name] = Unique([.. names.EnumerateArray().Select(name => UserText.Shortened(name.GetString()!, 255))]);
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Other programs may use the key for something else; labels then are numbers.
            found.Clear();
        }

        return found;
    }

    // Two of ImageNet's classes are called crane.
    private static string[] Unique(string[] names)
    {
        var counts = names.CountBy(name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. names.Select((name, label) => counts[name] > 1 ? $"{name} ({label})" : name)];
    }

    private sealed class Column
    {
        public Column(int index, ColumnDescriptor column)
        {
            using var path = column.Path;
            using var type = column.LogicalType;
            Index = index;
            Path = path.ToDotString();
            Name = Path.Split('.', 2)[0];
            IsText = column.PhysicalType == PhysicalType.ByteArray && type.Type is LogicalTypeEnum.String or LogicalTypeEnum.Enum or LogicalTypeEnum.Json;
            Type = $"{(column.MaxRepetitionLevel > 0 ? "list of " : "")}{(IsText ? "string" : column.PhysicalType)}";
            IsImage = column is { PhysicalType: PhysicalType.ByteArray, MaxRepetitionLevel: 0 } && (Path == Name || Path == $"{Name}.{BytesField}");
            IsLabel = column.MaxRepetitionLevel == 0 && Path == Name && (IsText || column.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64);
        }

        public int Index { get; }

        public string Path { get; }

        public string Name { get; }

        public string Type { get; }

        public bool IsText { get; }

        public bool IsImage { get; }

        public bool IsLabel { get; }
    }
}
