using System.Collections.Immutable;

namespace Cgh.Trainer;

/// <summary>
/// Implementations of the entries of a catalog, by name. They are found by reflection, so that a new entry needs only a catalog entry and a
/// file. The first access throws if catalog and implementations do not match.
/// </summary>
/// <param name="kind">Kind of the entries, for messages.</param>
/// <param name="catalog">Returns the names currently in the catalog.</param>
/// <param name="found">The implementations in this assembly, by name.</param>
internal sealed class Implementations<T>(string kind, Func<IEnumerable<string>> catalog, IEnumerable<KeyValuePair<string, T>> found)
    where T : class
{
    private readonly ImmutableDictionary<string, T> _found = found
        .GroupBy(entry => entry.Key, StringComparer.Ordinal)
        .ToImmutableDictionary(
            same => same.Key,
            same => same.Count() == 1 ? same.First().Value : throw new InvalidOperationException($"Two classes implement {kind} '{same.Key}'."),
            StringComparer.Ordinal);

    // Registered by a test: visible to the code that it calls, but not to concurrent tests.
    private readonly AsyncLocal<ImmutableDictionary<string, T>?> _registered = new();

    private bool _checked;

    /// <summary>Returns the implementation of a catalog entry.</summary>
    /// <exception cref="InvalidOperationException">A catalog entry has no implementation, or an implementation has no catalog entry.</exception>
    public T this[string name]
    {
        get
        {
            if (!_checked)
            {
                Check();
                _checked = true;
            }

            return All.GetValueOrDefault(name) ?? throw new InvalidOperationException($"No class implements {kind} '{name}'.");
        }
    }

    /// <summary>Checks that catalog and implementations match.</summary>
    /// <exception cref="InvalidOperationException">A catalog entry has no implementation, or an implementation has no catalog entry.</exception>
    public void Check()
    {
        var all = All;
        var names = catalog().ToHashSet(StringComparer.Ordinal);
        string[] problems =
        [
            .. names.Where(name => !all.ContainsKey(name)).Select(name => $"No class implements {kind} '{name}' of the catalog."),
            .. all.Keys.Where(name => !names.Contains(name)).Order(StringComparer.Ordinal)
                .Select(name => $"A class implements {kind} '{name}', which the catalog does not have."),
        ];
        if (problems.Length > 0)
        {
            throw new InvalidOperationException(string.Join(' ', problems));
        }
    }

    private ImmutableDictionary<string, T> All => _registered.Value is { } registered ? _found.AddRange(registered) : _found;

    /// <summary>For tests: adds an implementation that is visible to the code called by the caller, until the returned scope is disposed.</summary>
    public IDisposable Register(KeyValuePair<string, T> entry)
    {
        _registered.Value = (_registered.Value ?? ImmutableDictionary<string, T>.Empty).Add(entry.Key, entry.Value);
        return new ImplementationRegistration(this, entry.Key);
    }

    private sealed class ImplementationRegistration(Implementations<T> owner, string name) : IDisposable
    {
        public void Dispose() => owner._registered.Value = owner._registered.Value?.Remove(name);
    }
}
