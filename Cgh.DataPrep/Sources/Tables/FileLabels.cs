using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>Labels of the images in one folder, from a table that names the files with or without extension.</summary>
internal sealed class FileLabels
{
    private readonly Dictionary<string, LabelRow> _byName = new(StringComparer.Ordinal);

    // The name of each key with other than ASCII letters; null if two names have it. A table may come from another system than the files.
    private readonly Dictionary<string, string?> _byKey = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private FileLabels(string path) => Path = path;

    /// <summary>Path of the table.</summary>
    public string Path { get; }

    /// <summary>Hash of the table.</summary>
    public string Fingerprint { get; private init; } = "";

    /// <summary>Reads a table.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or has two labels for a file.</exception>
    public static FileLabels Read(string path, SourceOptions options)
    {
        var labels = new FileLabels(path) { Fingerprint = HashOf(path) };
        foreach (var row in LabelTable.Read(path, options))
        {
            var name = row.File[(row.File.LastIndexOf('/') + 1)..];
            if (!labels._byName.TryAdd(name, row) && labels._byName[name] is var other && other.Label != row.Label)
            {
                throw new UserErrorException(
                    $"{path} has two labels for {UserText.Shortened(name)}: '{UserText.Shortened(other.Label)}' in row {other.Number} and "
                        + $"'{UserText.Shortened(row.Label)}' in row {row.Number}. Remove one.");
            }

            if (!System.Text.Ascii.IsValid(name))
            {
                var key = NameKey.Of(name);
                labels._byKey[key] = labels._byKey.GetValueOrDefault(key, name) == name ? name : null;
            }
        }

        return labels;
    }

    /// <summary>The label of a file; null if the table has none.</summary>
    public string? LabelOf(string file)
    {
        var stem = System.IO.Path.GetFileNameWithoutExtension(file);
        var name = Known(file) ?? Known(stem) ?? _byKey.GetValueOrDefault(NameKey.Of(file)) ?? _byKey.GetValueOrDefault(NameKey.Of(stem));
        if (name is null)
        {
            return null;
        }

        _used.Add(name);
        return _byName[name].Label is { Length: > 0 } label ? label : null;
    }

    private string? Known(string name) => _byName.ContainsKey(name) ? name : null;

    /// <summary>The files of the table whose labels were not requested.</summary>
    public IEnumerable<string> Unused => _byName.Keys.Where(name => !_used.Contains(name)).Order(StringComparer.Ordinal);

    /// <summary>SHA-256 of a table.</summary>
    public static string HashOf(string path)
    {
        try
        {
            using var file = UntrustedFile.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the labels {path}: {UserText.FirstLine(error)} Check the path.", error);
        }
    }
}
