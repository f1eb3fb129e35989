namespace Cgh.Core;

/// <summary>Finds what the user probably meant among the names that exist.</summary>
public static class NearestName
{
    /// <summary>
    /// A clause for an error message: " Did you mean 'rm3'?" when one name is close, else " One of: sgd, ra3.".
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
            : $" One of: {string.Join(", ", known)}.";
    }

    // Levenshtein's distance, one row at a time.
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
