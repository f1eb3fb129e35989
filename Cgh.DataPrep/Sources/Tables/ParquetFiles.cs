using System.Globalization;
using System.Text.RegularExpressions;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>The files of a Parquet dataset by split, in ordinal order.</summary>
/// <param name="Root">Folder that names are relative to.</param>
/// <param name="Train">Names of the training files, with '/'.</param>
/// <param name="Val">Names of the validation files.</param>
internal sealed partial record ParquetFiles(string Root, IReadOnlyList<string> Train, IReadOnlyList<string> Val)
{
    private const int MaxDepth = 3;

    private static readonly string[] s_train = ["train"];
    private static readonly string[] s_val = ["val", "valid", "validation", "dev"];
    private static readonly string[] s_test = ["test"];

    /// <summary>Whether a path is a Parquet file, or a folder with such files in it or in folders below.</summary>
    public static bool Recognizes(string path) =>
        File.Exists(path) ? ParquetPages.IsParquet(path) : Directory.Exists(path) && Listed(path, depth: 0).Any();

    /// <summary>Finds the files and their splits: by the names of the files, as Hugging Face has them, else by the names of their folders.</summary>
    /// <exception cref="UserErrorException">A file of a numbered series is missing, or is no Parquet file.</exception>
    public static ParquetFiles Find(string path, PassedOverList passedOver)
    {
        if (File.Exists(path))
        {
            return new ParquetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], []);
        }

        var files = Listed(path, depth: 0).Select(file => Path.GetRelativePath(path, file).Replace('\\', '/')).Order(StringComparer.Ordinal).ToList();
        CheckSeries(path, files);
        if (files.Select(file => Path.Combine(path, file)).FirstOrDefault(file => !ParquetPages.IsParquet(file)) is { } other)
        {
            throw new UserErrorException($"{other} is {UnknownSource.Describe(other) ?? "not a Parquet file. Download or write it again, or remove it."}");
        }

        foreach (var name in Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Where(name => !files.Contains(name)))
        {
            passedOver.Add(SourceNames.ReasonToPassOver(name, path) ?? "not a Parquet file", name);
        }

        var (val, test) = (files.FindAll(file => IsOf(file, s_val)), files.FindAll(file => IsOf(file, s_test)));
        var train = files.Except(val).Except(test).ToList();
        var named = train.FindAll(file => IsOf(file, s_train));
        if (named.Count > 0)
        {
            train.Except(named).ToList().ForEach(file => passedOver.Add("not of a split", file));
            train = named;
        }

        if (val.Count == 0)
        {
            (val, test) = (test, []);
        }

        test.ForEach(file => passedOver.Add("in split 'test', which is not used", file));
        return new ParquetFiles(path, train, val);
    }

    private static IEnumerable<string> Listed(string folder, int depth) =>
        Directory.EnumerateFiles(folder, "*.parquet")
            .Where(file => SourceNames.ReasonToPassOver(Path.GetFileName(file), folder) is null)
            .Concat(depth == MaxDepth ? [] : Directory.EnumerateDirectories(folder)
                .Where(inner => SourceNames.ReasonToPassOver(Path.GetFileName(inner), folder) is null && !MayBeClasses(folder, inner))
                .SelectMany(inner => Listed(inner, depth + 1)));

    // So that recognizing ImageNet's folder does not look into a thousand class folders.
    private static bool MayBeClasses(string folder, string inner) =>
        Directory.EnumerateDirectories(folder).Skip(16).Any() || Directory.EnumerateDirectories(inner).Skip(16).Any();

    private static bool IsOf(string file, string[] splits) => splits.Any(split =>
        Path.GetFileNameWithoutExtension(file).Split('-', '_', '.')[0].Equals(split, StringComparison.OrdinalIgnoreCase)
        || file.Split('/').SkipLast(1).Any(folder => folder.Equals(split, StringComparison.OrdinalIgnoreCase)));

    private static void CheckSeries(string path, List<string> files)
    {
        var series = files.Select(file => Series().Match(file)).Where(match => match.Success);
        foreach (var group in series.GroupBy(match => (Name: match.Groups[1].Value, Count: match.Groups[3].Value)))
        {
            var numbers = group.Select(match => match.Groups[2].Value).ToHashSet(StringComparer.Ordinal);
            for (var i = 0; i < int.Parse(group.Key.Count, CultureInfo.InvariantCulture); i++)
            {
                var number = i.ToString("D5", CultureInfo.InvariantCulture);
                if (!numbers.Contains(number))
                {
                    var missing = Path.Combine(path, $"{group.Key.Name}-{number}-of-{group.Key.Count}.parquet");
                    throw new UserErrorException($"{missing} is missing. Download it, too.");
                }
            }
        }
    }

    [GeneratedRegex(@"^(.*)-(\d{5})-of-(\d{5})\.parquet$", RegexOptions.CultureInvariant)]
    private static partial Regex Series();
}
