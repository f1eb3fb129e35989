using System.Globalization;

namespace Cgh.DataPrep.Sources;

/// <summary>The classes of a source by name, where names that differ only in the composition of their letters are one.</summary>
internal sealed class ClassList
{
    private readonly Dictionary<string, int> _labels;

    private ClassList(IReadOnlyList<string> names, Dictionary<string, int> labels)
    {
        Names = names;
        _labels = labels;
    }

    /// <summary>The names in the order of the labels.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// In ordinal order. If <paramref name="numbers"/> is set and all names are numbers, as labels of a table can be, in the order of the numbers.
    /// </summary>
    public static ClassList Of(IEnumerable<string> names, bool numbers = false)
    {
        var byKey = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var key = NameKey.Of(name);
            byKey[key] = byKey.TryGetValue(key, out var known) ? Preferred(known, name) : name;
        }

        var sorted = numbers && byKey.Values.All(name => IsNumber(name, out _))
            ? byKey.Values.OrderBy(name => IsNumber(name, out var number) ? number : 0).ThenBy(name => name, StringComparer.Ordinal).ToArray()
            : byKey.Values.Order(StringComparer.Ordinal).ToArray();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var label = 0; label < sorted.Length; label++)
        {
            labels.Add(NameKey.Of(sorted[label]), label);
        }

        return new ClassList(sorted, labels);
    }

    /// <summary>The label of a class that is in the list.</summary>
    public int LabelOf(string name) => _labels[NameKey.Of(name)];

    /// <summary>Of two spellings, the one with composed letters.</summary>
    public static string Preferred(string first, string second) =>
        second.Length < first.Length || (second.Length == first.Length && string.CompareOrdinal(second, first) < 0) ? second : first;

    private static bool IsNumber(string name, out long number) => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
