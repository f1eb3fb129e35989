using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.Dashboard.Sources;

/// <summary>What a user enters to pack a source.</summary>
internal sealed class PackForm(string source)
{
    private static readonly DatasetRequest s_defaults = new();

    public string Name { get; set; } = NameFor(source);

    public int Side { get; set; } = s_defaults.Side;

    public int ShortSide { get; set; } = s_defaults.ShortSide;

    /// <summary>Percent of the training images to hold out; null for the default. Ignored if the source has validation images.</summary>
    public double? HoldoutPercent { get; set; }

    public int? Classes { get; set; }

    public int? PerClass { get; set; }

    public bool KeepJpeg { get; set; }

    /// <param name="path">The source, with the links of its path resolved.</param>
    public DatasetRequest ToRequest(string path) => s_defaults with
    {
        Name = Name.Trim(),
        Source = path,
        Side = Side,
        ShortSide = ShortSide,
        Holdout = HoldoutPercent / 100,
        Classes = Classes,
        PerClass = PerClass,
        KeepJpeg = KeepJpeg,
    };

    /// <summary>The last part of a path as the name of a dataset.</summary>
    internal static string NameFor(string path)
    {
        var last = path.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var name = string.Concat(last.Select(c => DataFolder.IsName($"a{c}") ? c : '-')).TrimStart('.', '-').ToLowerInvariant();
        foreach (var extension in new[] { ".gz", ".tgz", ".tar", ".parquet", ".zip" })
        {
            name = name.EndsWith(extension, StringComparison.Ordinal) ? name[..^extension.Length] : name;
        }

        return name.Length is 0 or > 100 ? "images" : name;
    }
}
