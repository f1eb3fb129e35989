using System.Globalization;
using System.Text.Json;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Lists;

/// <summary>What a run has under a key: a number or text, by which it is compared and shown. Neither: nothing yet.</summary>
public readonly record struct RunValue(double? Number, string Text)
{
    public static RunValue None { get; } = new(Number: null, "");

    /// <summary>Numbers in their order, text in its own, nothing last.</summary>
    public static int Compare(RunValue a, RunValue b) => (a.Number, b.Number) switch
    {
        ({ } left, { } right) => left.CompareTo(right),
        ({ }, null) => -1,
        (null, { }) => 1,
        _ => a.Text.Length == 0 || b.Text.Length == 0
            ? b.Text.Length.CompareTo(a.Text.Length)
            : string.Compare(a.Text, b.Text, StringComparison.OrdinalIgnoreCase),
    };

    public bool IsNone => Number is null && Text.Length == 0;
}

/// <summary>A key of the lists: a column, and what a query can ask for.</summary>
/// <param name="Name">In queries and addresses.</param>
/// <param name="Title">Head of the column.</param>
/// <param name="Explanation">What it means, in a line.</param>
/// <param name="IsNumber">Whether its values are numbers.</param>
/// <param name="Of">The value of a run.</param>
public sealed record RunKey(string Name, string Title, string Explanation, bool IsNumber, Func<IndexedRun, RunValue> Of)
{
    /// <summary>All keys that are columns.</summary>
    public static IReadOnlyList<RunKey> All { get; } = [.. Own(), .. Figures(), .. SpecKeys()];

    private static readonly Dictionary<string, RunKey> s_byName = All.ToDictionary(key => key.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Columns of a list that does not say which.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["status", "rule", "noise", "seed", "epoch", "test", "best.test", "corrupt", "gap", "tags"];

    public static RunKey? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The value as cells show it.</summary>
    public string Show(IndexedRun run) => Of(run) is { IsNone: false } value ? value.Text : Format.None;

    private static IEnumerable<RunKey> Own() =>
    [
        Text("experiment", "Experiment", "Id of the experiment", run => run.Run.Id.Experiment),
        Text("run", "Run", "Name of the run", run => run.Run.Id.Name),
        Text("status", "Status", "Queued, running, completed and so on", run => run.Run.Status.ToString()),
        Text("tags", "Tags", "Tags of the run", run => string.Join(", ", run.Note.Tags)),
        Text("notes", "Notes", "Notes on the run", run => run.Note.Notes.ReplaceLineEndings(" ")),
        Number("noise", "Noise", "Share of the training labels that is randomized", run => run.Noise, value => Rounded(value, "0.###")),
        Number("epoch", "Epoch", "Epochs trained", run => run.Run.Epoch, value => Rounded(value, "0.#")),
        Text("host", "Machine", "Machine of the last attempt", run => run.Run.Host ?? ""),
        Number("attempt", "Attempt", "Number of attempts", run => run.Run.Attempt, value => Rounded(value, "0")),
        Time("queued", "Queued", "When it was queued", run => run.Run.Queued),
        Time("ended", "Ended", "When it ended", run => run.Run.Ended),
        Number("duration", "Duration", "From first start to end", run => (run.Run.Ended - run.Run.Started)?.TotalSeconds, value => Format.Duration(value)),
    ];

    private static IEnumerable<RunKey> Figures()
    {
        foreach (var set in Curves.EvaluationSetsIn(Curves.Known))
        {
            var (name, title, examples) = (set == Curves.TrainSample ? "train" : set, CurveText.ShortTitle(set), CurveText.Title(set).ToLowerInvariant());
            yield return Number(
                name, title, $"Last top-1 accuracy: {examples}", run => run.Run.Latest.GetValueOrDefault(set)?.Acc1, value => Format.Percent(value));
            yield return Number(
                $"best.{name}",
                $"Best {title.ToLowerInvariant()}",
                $"Best top-1 accuracy: {examples}",
                run => run.Run.Best.GetValueOrDefault(set)?.Acc1,
                value => Format.Percent(value));
            yield return Number(
                $"loss.{name}", $"{title} loss", $"Last loss: {examples}", run => run.Run.Latest.GetValueOrDefault(set)?.Loss, value => Format.Loss(value));
        }

        yield return Number(
            "gap",
            "Gap",
            "Last accuracy on the train sample minus that on test, in points",
            run => run.Run.Latest.GetValueOrDefault(Curves.TrainSample)?.Acc1 - run.Run.Latest.GetValueOrDefault(Curves.Test)?.Acc1,
            value => Format.Points(value));
    }

    // The keys of a recipe's runs.
    private static IEnumerable<RunKey> SpecKeys()
    {
        foreach (var property in typeof(RunSpec).GetProperties())
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (name is "name" or "derive")
            {
                continue;
            }

            var explanation = $"Key {name} of the run's configuration";
            if (property.PropertyType == typeof(int) || property.PropertyType == typeof(uint) || property.PropertyType == typeof(double)
                || property.PropertyType == typeof(int?))
            {
                yield return Number(
                    name,
                    name,
                    explanation,
                    run => property.GetValue(run.Run.Spec) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null,
                    value => value.ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                yield return Text(name, name, explanation, run => property.GetValue(run.Run.Spec) switch
                {
                    RuleChoice rule => run.Run.Spec.Derive is null ? rule.ToString() : "",
                    Enum value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()),
                    bool value => value ? "true" : "false",
                    var value => value?.ToString() ?? "",
                });
            }
        }
    }

    private static string Rounded(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static RunKey Text(string name, string title, string explanation, Func<IndexedRun, string> of) =>
        new(name, title, explanation, IsNumber: false, run => new RunValue(Number: null, of(run)));

    private static RunKey Number(string name, string title, string explanation, Func<IndexedRun, double?> of, Func<double, string> format) =>
        new(name, title, explanation, IsNumber: true, run => of(run) is { } value ? new RunValue(value, format(value)) : RunValue.None);

    private static RunKey Time(string name, string title, string explanation, Func<IndexedRun, DateTimeOffset?> of) => new(
        name,
        title,
        explanation,
        IsNumber: false,
        run => of(run) is { } time ? new RunValue(Number: null, time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)) : RunValue.None);
}
