namespace Cgh.Core;

/// <summary>Suggests an existing name for one that was not found.</summary>
public static class NearestName
{
    /// <summary>
    /// Returns a sentence to append to an error message: " Did you mean 'rm3'?" if a name is close, else
    /// " Expected one of: sgd, ra3." The distance is Levenshtein's, ignoring case.
    /// </summary>
    public static string Suggest(string given, IEnumerable<string> names)
    {
        var known = names.ToArray();
        var nearest = known
            .Select(name => (Name: name, Distance: Distance(given.ToLowerInvariant(), name.ToLowerInvariant())))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(1, Math.Max(given.Length, nearest.Name.Length) / 2)
            ? $" Did you mean '{nearest.Name}'?"
            : $" Expected one of: {string.Join(", ", known)}.";
    }

    // Keeps a single row of the Levenshtein matrix.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
