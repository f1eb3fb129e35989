namespace Cgh.Core.Experiments;

/// <summary>Everything that is wrong with a recipe.</summary>
internal sealed class RecipeFailures
{
    private readonly List<(string Place, string Failure)> _failures = [];

    /// <summary>Number of failures.</summary>
    public int Count => _failures.Count;

    /// <summary>Adds a failure of the recipe unless the condition holds.</summary>
    public void Require(bool holds, string failure)
    {
        if (!holds)
        {
            Add(place: "", failure);
        }
    }

    /// <summary>Adds a failure of a part of the recipe, such as <c>run 'rm3'</c>.</summary>
    public void Add(string place, string failure) => _failures.Add((place, failure));

    /// <summary>Throws if there are failures: one line for each. What several runs have in common is reported once, with all their names.</summary>
    /// <exception cref="UserErrorException">There are failures.</exception>
    public void Throw(string path)
    {
        if (_failures.Count > 0)
        {
            throw UserErrorException.Usage(_failures.GroupBy(failure => failure.Failure, failure => failure.Place).Select(places => Line(path, places)));
        }
    }

    private static string Line(string path, IGrouping<string, string> places)
    {
        var named = string.Join(", ", places.Where(place => place.Length > 0).Distinct());
        return named.Length > 0 ? $"{path}: {named}: {places.Key}" : $"{path}: {places.Key}";
    }
}
