using System.Globalization;
using System.Text;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>The names of the classes, from the file that comes with each set.</summary>
internal static class CifarClasses
{
    /// <summary>Reads the names; without the file, classes are named by their numbers.</summary>
    /// <exception cref="UserErrorException">The file is damaged or has another number of names.</exception>
    public static IReadOnlyList<string> Read(CifarPlace place, Dictionary<string, byte[]> files, CifarLabels kind)
    {
        if (!files.TryGetValue(kind.NamesFile, out var file))
        {
            return [.. Enumerable.Range(0, kind.Classes).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        }

        var path = Path.Combine(place.Path, kind.NamesFile);
        var names = place.Layout.IsPickle ? CifarPickle.Read(path, file).Texts(kind.NamesKey) : Lines(file);
        return names.Count == kind.Classes && names.Distinct(StringComparer.Ordinal).Count() == names.Count && !names.Any(name => name.Any(char.IsControl))
            ? names
            : throw new UserErrorException($"{path} does not hold the names of {kind.Classes} classes.");
    }

    private static IReadOnlyList<string> Lines(byte[] file) =>
        Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
