using System.Collections.Immutable;

namespace Cgh.Trainer;

/// <summary>
/// What implements the entries of a catalog, by name. Looked up once by reflection, so that an entry and a file are all that adding one takes;
/// the first use throws when the two do not match.
/// </summary>
/// <param name="kind">What the catalog lists, for messages.</param>
/// <param name="catalog">The names in the catalog at this moment.</param>
/// <param name="found">Every implementation in this assembly with its name.</param>
internal sealed class Implementations<T>(string kind, Func<IEnumerable<string>> catalog, IEnumerable<KeyValuePair<string, T>> found)
    where T : class
{
    private readonly ImmutableDictionary<string, T> _found = found
        .GroupBy(entry => entry.Key, StringComparer.Ordinal)
        .ToImmutableDictionary(
            same => same.Key,
            same => same.Count() == 1 ? same.First().Value : throw new InvalidOperationException($"Two classes implement {kind} '{same.Key}'."),
            StringComparer.Ordinal);

    // Of a test: seen by the code that it calls, and not by tests that run beside it.
    private readonly AsyncLocal<ImmutableDictionary<string, T>?> _registered = new();

    private bool _checked;

    /// <summary>The implementation of that name.</summary>
    /// <exception cref="InvalidOperationException">An entry of the catalog has no implementation, or the other way round.</exception>
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

    /// <exception cref="InvalidOperationException">An entry of the catalog has no implementation, or the other way round.</exception>
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

    /// <summary>For tests: adds an implementation for the code that the caller calls, until the returned scope is disposed.</summary>
    public IDisposable Register(KeyValuePair<string, T> entry)
    {
        _registered.Value = (_registered.Value ?? ImmutableDictionary<string, T>.Empty).Add(entry.Key, entry.Value);
        return new Registration(this, entry.Key);
    }

    private sealed class Registration(Implementations<T> owner, string name) : IDisposable
    {
        public void Dispose() => owner._registered.Value = owner._registered.Value?.Remove(name);
    }
}
