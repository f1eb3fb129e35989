using System.Globalization;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Lists;

/// <summary>
/// What a list shows, as a user types it: words that a run's texts contain, and <c>key:value</c>. All must hold; <c>-</c> before one excludes what it matches.
/// docs/dashboard.md describes it.
/// </summary>
public sealed class RunQuery
{
    private const int MaxLength = 500;
    private const string StatusKey = "status";
    private const string Tag = "tag";
    private const string Is = "is";
    private const string Archived = "archived";
    private const string Deleted = "deleted";

    private static readonly string[] s_statuses =
        [.. Enum.GetNames<RunStatus>().Concat(Enum.GetNames<ExperimentStatus>()).Distinct().Select(name => name.ToLowerInvariant())];

    private readonly List<Func<IndexedRun, bool>> _terms = [];
    private bool _showsArchived;
    private bool _showsDeleted;

    private RunQuery()
    {
    }

    /// <summary>What is wrong with the query, in a line; null if it is valid. Then the wrong part is ignored.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads a query.</summary>
    /// <param name="text">As typed; null or empty for every run.</param>
    public static RunQuery Parse(string? text)
    {
        var query = new RunQuery();
        if (text?.Length > MaxLength)
        {
            query.Error = $"The query may have at most {MaxLength} characters (it has {text.Length}).";
            return query;
        }

        foreach (var word in Words(text ?? ""))
        {
            query.Add(word);
        }

        return query;
    }

    /// <summary>Whether the run is in the list.</summary>
    public bool Matches(IndexedRun run) =>
        (run.Note.Deleted is null || _showsDeleted) && (!run.Note.Archived || _showsArchived || _showsDeleted) && _terms.TrueForAll(term => term(run));

    private void Add(string word)
    {
        var isExcluded = word.Length > 1 && word[0] == '-';
        var term = isExcluded ? word[1..] : word;
        var colon = term.IndexOf(':', StringComparison.Ordinal);
        if (Term(colon <= 0 || term[0] == '"' ? null : term[..colon], term[(colon <= 0 || term[0] == '"' ? 0 : colon + 1)..]) is { } matches)
        {
            _terms.Add(isExcluded ? run => !matches(run) : matches);
        }
    }

    private Func<IndexedRun, bool>? Term(string? key, string value)
    {
        var values = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Unquoted).ToArray();
        switch (key?.ToLowerInvariant())
        {
            case null:
                var text = Unquoted(value);
                return run => Texts(run).Any(part => part.Contains(text, StringComparison.OrdinalIgnoreCase));
            case StatusKey:
                if (Array.Find(values, name => !s_statuses.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
                {
                    return Fails($"There is no status '{UserText.Shortened(unknown)}'.{NearestName.Suggest(unknown, s_statuses)}");
                }

                return run => values.Any(name => HasStatus(run, name));
            case Tag:
                return run => values.Any(tag => run.Note.Tags.Any(other => IsLike(other, tag)));
            case Is:
                return IsTerm(values);
            case { } name:
                return RunKey.Find(name) is not { } known
                    ? Fails($"There is no key '{UserText.Shortened(name)}'.{NearestName.Suggest(name, [.. RunKey.All.Select(other => other.Name), Tag, Is])}")
                    : known.IsNumber ? NumberTerm(known, values) : run => values.Any(wanted => IsLike(known.Of(run).Text, wanted));
        }
    }

    private Func<IndexedRun, bool>? IsTerm(string[] values)
    {
        if (Array.Find(values, value => value is not (Archived or Deleted)) is { } unknown)
        {
            return Fails($"is: needs {Archived} or {Deleted} (got '{UserText.Shortened(unknown)}').");
        }

        _showsArchived |= values.Contains(Archived);
        _showsDeleted |= values.Contains(Deleted);
        return run => (values.Contains(Archived) && run.Note.Archived) || (values.Contains(Deleted) && run.Note.Deleted is not null);
    }

    private Func<IndexedRun, bool>? NumberTerm(RunKey key, string[] values)
    {
        var tests = new List<Func<double, bool>>();
        foreach (var value in values)
        {
            if (NumberTest(value) is not { } test)
            {
                return Fails(
                    $"{key.Name}: needs a number, such as {key.Name}:0.5, {key.Name}:>0.5 or {key.Name}:0.1..0.5 (got '{UserText.Shortened(value)}').");
            }

            tests.Add(test);
        }

        return run => key.Of(run).Number is { } number && tests.Exists(test => test(number));
    }

    private static Func<double, bool>? NumberTest(string value)
    {
        foreach (var (sign, holds) in new (string, Func<double, double, bool>)[]
        {
            (">=", (number, limit) => number >= limit),
            ("<=", (number, limit) => number <= limit),
            (">", (number, limit) => number > limit),
            ("<", (number, limit) => number < limit),
        })
        {
            if (value.StartsWith(sign, StringComparison.Ordinal))
            {
                return Number(value[sign.Length..]) is { } limit ? number => holds(number, limit) : null;
            }
        }

        if (value.Split("..") is [var first, var last])
        {
            return Number(first) is { } from && Number(last) is { } to ? number => number >= from && number <= to : null;
        }

        // Of the digits given: 0.1 is not stored exactly, and lists round.
        return Number(value) is { } wanted ? number => Math.Abs(number - wanted) <= Math.Abs(wanted) * 1e-9 : null;
    }

    private static double? Number(string text) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private Func<IndexedRun, bool>? Fails(string error)
    {
        Error ??= error;
        return null;
    }

    private static bool HasStatus(IndexedRun run, string name) => string.Equals(run.Run.Status.ToString(), name, StringComparison.OrdinalIgnoreCase)
        || (run.Experiment.Status == ExperimentStatus.Preparing && string.Equals(name, nameof(ExperimentStatus.Preparing), StringComparison.OrdinalIgnoreCase));

    // A star stands for any text.
    private static bool IsLike(string text, string pattern)
    {
        if (!pattern.Contains('*', StringComparison.Ordinal))
        {
            return string.Equals(text, pattern, StringComparison.OrdinalIgnoreCase);
        }

        var parts = pattern.Split('*');
        if (!text.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase) || text.Length < parts[0].Length + parts[^1].Length)
        {
            return false;
        }

        var at = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = text.IndexOf(part, at, StringComparison.OrdinalIgnoreCase);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return at <= text.Length - parts[^1].Length && text.EndsWith(parts[^1], StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Texts(IndexedRun run) =>
    [
        run.Run.Id.ToString(), run.Note.Title, run.Note.Notes, run.Experiment.Recipe.Description, run.Run.Spec.Dataset, run.Run.Spec.Model,
        StatusText.Title(run.Run.Spec), .. run.Note.Tags,
    ];

    private static string Unquoted(string text) => text.Replace("\"", "", StringComparison.Ordinal);

    // At spaces that are not between quotation marks.
    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        var isQuoted = false;
        for (var at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || (!isQuoted && char.IsWhiteSpace(text[at])))
            {
                if (at > start && text[start..at] is var word && word is not ("\"\"" or "-"))
                {
                    yield return word;
                }

                start = at + 1;
            }
            else if (text[at] == '"')
            {
                isQuoted = !isQuoted;
            }
        }
    }
}
