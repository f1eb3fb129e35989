using System.Collections.Concurrent;

namespace Cgh.RunStore;

/// <summary>The keys that lists of the run store had to leave out.</summary>
/// <param name="report">Called with a line for each key that becomes unreadable.</param>
public sealed class UnreadableKeys(Action<string>? report = null)
{
    private readonly ConcurrentDictionary<string, string> _lines = new(StringComparer.Ordinal);

    /// <summary>A line for each.</summary>
    public IReadOnlyList<string> Lines => [.. _lines.OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => line.Value)];

    internal void Add(UnreadableKeyException error)
    {
        if (_lines.TryAdd(error.Key, error.Message))
        {
            report?.Invoke(error.Message);
        }
    }

    internal void Remove(string key) => _lines.TryRemove(key, out _);
}
