using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources.Folders;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>An image with the label and the split that a table gives it.</summary>
internal readonly record struct LabelledFile(FolderFile File, string Label, Split Split);

/// <summary>Matches the rows of a table with the images below a folder.</summary>
internal sealed class CsvRows
{
    private readonly string _root;
    private readonly string _table;
    private readonly PassedOverList _passedOver;
    private readonly List<FolderFile> _files = [];
    private readonly Dictionary<string, List<int>> _byStem = new(StringComparer.Ordinal);
    private readonly Dictionary<int, LabelRow> _rows = [];

    /// <param name="root">Folder of the table.</param>
    /// <param name="table">File name of the table.</param>
    /// <param name="passedOver">Receives images without a row, rows without an image, and other files.</param>
    /// <param name="cancellationToken">Cancels listing.</param>
    public CsvRows(string root, string table, PassedOverList passedOver, CancellationToken cancellationToken)
    {
        _root = root;
        _table = table;
        _passedOver = passedOver;
        new FolderFiles(root, passedOver, cancellationToken) { Known = [table] }.AddImages("", _files);
        for (var i = 0; i < _files.Count; i++)
        {
            var stem = NameKey.Of(Stem(_files[i].Name));
            if (!_byStem.TryGetValue(stem, out var same))
            {
                _byStem.Add(stem, same = []);
            }

            same.Add(i);
        }
    }

    /// <summary>The images that have a label.</summary>
    public List<LabelledFile> Labelled { get; } = [];

    /// <summary>Whether a path in a table stays below the table's folder.</summary>
    public static bool IsInside(string file) => file.Length > 0 && !Path.IsPathRooted(file) && !file.Split('/', '\\').Contains("..") && !file.Contains('\0');

    /// <summary>Reads the table. Each image may have several rows if they agree.</summary>
    /// <exception cref="UserErrorException">The table is damaged or contradicts itself.</exception>
    public void Read(string table, SourceOptions options)
    {
        foreach (var row in LabelTable.Read(table, options))
        {
            if (Find(table, row) is not { } file)
            {
                continue;
            }

            if (!_rows.TryAdd(file, row) && _rows[file] is var other && (other.Label != row.Label || other.Split != row.Split))
            {
                throw new UserErrorException(
                    $"{table} has two labels for {UserText.Shortened(row.File)}: '{UserText.Shortened(other.Label)}' in row {other.Number} and "
                        + $"'{UserText.Shortened(row.Label)}' in row {row.Number}. Remove one.");
            }
        }

        var hasVal = _rows.Values.Any(row => SplitOf(table, row) is SplitName.Val);
        for (var i = 0; i < _files.Count; i++)
        {
            var row = _rows.GetValueOrDefault(i);
            if (string.IsNullOrEmpty(row.Label))
            {
                _passedOver.Add($"without a label in {_table}", _files[i].Path);
            }
            else if (SplitOf(table, row) is var split && split == SplitName.Test && hasVal)
            {
                _passedOver.Add("in split 'test', which is not used", _files[i].Path);
            }
            else
            {
                Labelled.Add(new LabelledFile(_files[i], row.Label, split == SplitName.Train ? Split.Train : Split.Val));
            }
        }
    }

    // By path; else by the end of the path, with or without extension, as tables have names only.
    private int? Find(string table, LabelRow row)
    {
        var file = row.File.Replace('\\', '/');
        if (Path.IsPathRooted(file) && file.StartsWith(_root + '/', StringComparison.Ordinal))
        {
            file = file[(_root.Length + 1)..];
        }

        file = file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file;
        if (!IsInside(file))
        {
            _passedOver.Add($"listed in {_table} but outside its folder", file);
            return null;
        }

        // A table may come from another system than the files, with letters composed differently.
        var key = NameKey.Of(file);
        var stem = Stem(key);
        var candidates = _byStem.GetValueOrDefault(stem[(stem.LastIndexOf('/') + 1)..], []);
        var matches = Matches(candidates, file, path => path);
        matches = matches.Count > 0 ? matches : Matches(candidates, key, NameKey.Of);
        if (matches.Count > 1)
        {
            throw new UserErrorException(
                $"{table}, row {row.Number}: {UserText.Shortened(file)} can be {_files[matches[0]].Path} or {_files[matches[1]].Path}. Write its path.");
        }

        if (matches.Count == 0)
        {
            _passedOver.Add($"listed in {_table} but missing", file);
        }

        return matches.Count == 1 ? matches[0] : null;
    }

    private List<int> Matches(List<int> candidates, string file, Func<string, string> keyOf)
    {
        var matches = candidates.FindAll(i => keyOf(_files[i].Path) == file);
        matches = matches.Count > 0 ? matches : candidates.FindAll(i => Stem(keyOf(_files[i].Path)) == file);
        return matches.Count > 0
            ? matches
            : candidates.FindAll(i => EndsWith(keyOf(_files[i].Path), file) || EndsWith(Stem(keyOf(_files[i].Path)), file));
    }

    private static SplitName SplitOf(string table, LabelRow row) => row.Split?.ToUpperInvariant() switch
    {
        null or "TRAIN" or "TRAINING" => SplitName.Train,
        "VAL" or "VALID" or "VALIDATION" or "DEV" => SplitName.Val,
        "TEST" or "TESTING" => SplitName.Test,
        _ => throw new UserErrorException($"{table}, row {row.Number}: '{UserText.Shortened(row.Split)}' is not a split. Use train, val or test."),
    };

    private static string Stem(string path) => SourceNames.IsImage(path) ? path[..path.LastIndexOf('.')] : path;

    private static bool EndsWith(string path, string end) =>
        path.Length > end.Length && path[^(end.Length + 1)] == '/' && path.EndsWith(end, StringComparison.Ordinal);

    private enum SplitName
    {
        Train,
        Val,
        Test,
    }
}
