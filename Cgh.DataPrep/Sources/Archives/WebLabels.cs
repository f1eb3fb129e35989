using System.Globalization;
using System.Text.Json;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// The labels of a WebDataset: numbers from 0, or names of classes. Collects them while shards are listed; the classes are known at the end.
/// </summary>
internal sealed class WebLabels
{
    private const int MaxClasses = 100_000;
    private const int MaxNameLength = 500;

    private static readonly string[] s_labelKeys = ["label", "cls", "class"];
    private static readonly string[] s_nameKeys = ["class_name", "label_name"];

    // By key, as shards may come from systems that compose letters differently.
    private readonly Dictionary<string, (string Name, int Label)> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _namesOfNumbers = [];
    private int _largest = -1;

    /// <summary>Reads the content of a <c>.cls</c> or <c>.json</c> file. Returns a provisional label, or -1 if it has none.</summary>
    public int Read(ReadOnlyMemory<byte> content, bool isJson)
    {
        if (!isJson)
        {
            return Add(TarHeader.Text(content.Span).Trim());
        }

        // Text that is not Unicode throws an InvalidOperationException when it is read.
        try
        {
            using var json = JsonDocument.Parse(content);
            return json.RootElement.ValueKind == JsonValueKind.Object ? Read(json.RootElement) : -1;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return -1;
        }
    }

    /// <summary>The classes, and a class for each provisional label; null if labels are indices of classes already.</summary>
    /// <param name="names">Names of the classes in the order of the labels, if a file has them.</param>
    /// <exception cref="ArchiveException">Labels are numbers and names, or do not match the names.</exception>
    public (IReadOnlyList<string> Classes, IReadOnlyList<string>? ClassNames, int[]? Mapping) ToClasses(WebClassNames? names)
    {
        if (_named.Count > 0 && _largest >= 0)
        {
            throw new ArchiveException($"has both numbers and names as labels, such as {_largest} and '{UserText.Shortened(_named.Values.First().Name)}'");
        }

        if (_named.Count > 0)
        {
            var sorted = names?.Names ?? [.. _named.Values.Select(entry => entry.Name).Order(StringComparer.Ordinal)];
            var indices = new Dictionary<string, int>(StringComparer.Ordinal);
            string? twice = null;
            foreach (var name in sorted)
            {
                if (!indices.TryAdd(NameKey.Of(name), indices.Count))
                {
                    twice ??= name;
                }
            }

            if (_named.FirstOrDefault(entry => !indices.ContainsKey(entry.Key)) is { Key: not null } unknown)
            {
                throw new ArchiveException($"has the label '{UserText.Shortened(unknown.Value.Name)}', which is not in {names!.File}");
            }

            if (twice is not null)
            {
                throw new ArchiveException($"cannot be labelled: {names!.File} has '{UserText.Shortened(twice)}' twice");
            }

            return (sorted, null, [.. _named.OrderBy(entry => entry.Value.Label).Select(entry => indices[entry.Key])]);
        }

        if (names is not null && _largest >= names.Names.Count)
        {
            throw new ArchiveException($"has the label {_largest}, but {names.File} names {names.Names.Count} classes (0 to {names.Names.Count - 1})");
        }

        var numbers = Enumerable.Range(0, names?.Names.Count ?? (_largest + 1)).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
        var known = _namesOfNumbers.Count == 0 ? null : numbers.Select((number, index) => _namesOfNumbers.GetValueOrDefault(index, number)).ToList();
        return (numbers, names?.Names ?? known, null);
    }

    private int Read(JsonElement sample)
    {
        foreach (var key in s_labelKeys)
        {
            if (sample.TryGetProperty(key, out var label) && label.ValueKind is JsonValueKind.Number or JsonValueKind.String)
            {
                var number = Add(label.ValueKind == JsonValueKind.Number ? label.GetRawText() : label.GetString()!.Trim());
                foreach (var nameKey in s_nameKeys)
                {
                    if (_named.Count == 0 && number >= 0 && sample.TryGetProperty(nameKey, out var name) && name.ValueKind == JsonValueKind.String
                        && name.GetString() is { Length: > 0 and <= MaxNameLength } text)
                    {
                        _namesOfNumbers.TryAdd(number, text);
                    }
                }

                return number;
            }
        }

        return -1;
    }

    private int Add(string label)
    {
        if (int.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            _largest = number is >= 0 and < MaxClasses ? Math.Max(_largest, number) : _largest;
            return number is >= 0 and < MaxClasses ? number : -1;
        }

        if (label.Length is 0 or > MaxNameLength || double.TryParse(label, CultureInfo.InvariantCulture, out _) || label.Any(char.IsControl)
            || NameKey.Of(label) is not { } key || (_named.Count == MaxClasses && !_named.ContainsKey(key)))
        {
            return -1;
        }

        var (name, index) = _named.GetValueOrDefault(key, (label, _named.Count));
        _named[key] = (ClassList.Preferred(name, label), index);
        return index;
    }
}
