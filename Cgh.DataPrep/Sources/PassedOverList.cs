using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources;

/// <summary>Counts the files that a source passes over, by reason, and keeps the first names of each.</summary>
internal sealed class PassedOverList
{
    private const int MaxExamples = 20;

    private readonly SortedDictionary<string, (int Count, List<string> Examples)> _byReason = new(StringComparer.Ordinal);

    /// <summary>Number of files.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a file.</summary>
    /// <param name="reason">A clause without a full stop, such as <c>not an image file</c>.</param>
    /// <param name="name">Path relative to the source.</param>
    public void Add(string reason, string name)
    {
        var (count, examples) = _byReason.TryGetValue(reason, out var known) ? known : (0, []);
        if (examples.Count < MaxExamples)
        {
            examples.Add(name.Replace("\n", "\\n", StringComparison.Ordinal));
        }

        _byReason[reason] = (count + 1, examples);
        Count++;
    }

    /// <summary>The files by reason, in ordinal order of the reasons.</summary>
    public IReadOnlyList<PassedOverFiles> ToList() => [.. _byReason.Select(entry => new PassedOverFiles(entry.Key, entry.Value.Count, entry.Value.Examples))];
}
