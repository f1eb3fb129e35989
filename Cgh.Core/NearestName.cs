namespace Cgh.Core;

/// <summary>Suggests an existing name for one that was not found.</summary>
public static class NearestName
{
    // The search takes time proportional to the product of two lengths. No name is nearly as long.
    private const int MaxLength = 200;

    private const int MaxListed = 100;

    /// <summary>
    /// Returns a sentence to append to an error message: " Did you mean 'rm3'?" if a name is close, else
    /// " Expected one of: sgd, ra3." A name is close if a third of its letters or fewer differ, ignoring case; two exchanged letters count as one.
    /// </summary>
    /// <param name="given">The name that was not found.</param>
    /// <param name="names">The existing names.</param>
    /// <param name="format">Formats a name for the message, such as with its folder.</param>
    public static string Suggest(string given, IEnumerable<string> names, Func<string, string>? format = null)
    {
        format ??= static name => name;
        var known = names.Select(name => UserText.Shortened(name, MaxLength)).ToArray();
        var nearest = (given.Length > MaxLength ? [] : known)
            .Select(name => (Name: name, Distance: Distance(given.ToLowerInvariant(), name.ToLowerInvariant())))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(1, Math.Max(given.Length, nearest.Name.Length) / 3)
            ? $" Did you mean '{format(nearest.Name)}'?"
            : known.Length == 0 ? ""
            : $" Expected one of: {string.Join(", ", known.Take(MaxListed).Select(format))}{(known.Length > MaxListed ? ", ..." : "")}.";
    }

    // Levenshtein's distance, with exchanged neighbours as a single change: the optimal string alignment distance.
    private static int Distance(string a, string b)
    {
        var distances = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }

                var substituted = distances[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distances[i, j] = Math.Min(substituted, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
                }
            }
        }

        return distances[a.Length, b.Length];
    }
}
