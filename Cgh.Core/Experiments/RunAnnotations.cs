using Cgh.Core.Files;

namespace Cgh.Core.Experiments;

/// <summary>What users have noted about a run. Trainers and reports do not read it.</summary>
public sealed record RunAnnotation
{
    /// <summary>Longest <see cref="Title"/>.</summary>
    public const int MaxTitle = 100;

    /// <summary>Longest <see cref="Notes"/>.</summary>
    public const int MaxNotes = 4000;

    /// <summary>Longest tag.</summary>
    public const int MaxTag = 40;

    /// <summary>Most tags of a run.</summary>
    public const int MaxTags = 20;

    /// <summary>A run without any.</summary>
    public static RunAnnotation None { get; } = new();

    /// <summary>The name that lists show instead of the run's; empty for the run's own, which stays that of its folder and its address.</summary>
    public string Title { get; init; } = "";

    /// <summary>Free text.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Words, in alphabetical order.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Lists leave the run out unless they are asked for archived ones.</summary>
    public bool Archived { get; init; }

    /// <summary>When the run was deleted: lists leave it out. Its folder is kept, so that this can be undone.</summary>
    public DateTimeOffset? Deleted { get; init; }

    /// <summary>Whether nothing is noted.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => this is { Title: "", Notes: "", Tags: [], Archived: false, Deleted: null };

    /// <summary>Returns the annotation with a tag more, or as it is.</summary>
    public RunAnnotation WithTag(string tag) => this with { Tags = [.. Tags.Append(tag).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };

    /// <summary>Returns the annotation without a tag.</summary>
    public RunAnnotation WithoutTag(string tag) => this with { Tags = [.. Tags.Where(other => other != tag)] };

    /// <summary>Splits what a user typed into tags.</summary>
    public static IReadOnlyList<string> ParseTags(string? text) =>
    [
        .. (text ?? "").Split([' ', ',', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Returns what is wrong with it, in a line; null if it is valid.</summary>
    public string? Failure() => this switch
    {
        { Title.Length: > MaxTitle } => $"A name may have at most {MaxTitle} characters (it has {Title.Length}).",
        { Notes.Length: > MaxNotes } => $"Notes may have at most {MaxNotes} characters (they have {Notes.Length}).",
        { Tags.Count: > MaxTags } => $"A run may have at most {MaxTags} tags (it would have {Tags.Count}).",
        _ => Tags.Select(TagFailure).FirstOrDefault(failure => failure is not null),
    };

    private static string? TagFailure(string tag) =>
        tag.Length > MaxTag ? $"A tag may have at most {MaxTag} characters ('{UserText.Shortened(tag)}' has {tag.Length})."
        : tag.Any(c => !char.IsLetterOrDigit(c) && c is not ('.' or '-' or '_' or '/'))
            ? $"A tag may contain only letters, digits, '.', '-', '_' and '/' (it is '{UserText.Shortened(tag)}')."
        : null;
}

/// <summary><c>annotations.json</c>: what users have noted about the runs of an experiment, in its folder.</summary>
public sealed record RunAnnotations
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "annotations.json";

    // Not the experiment's own lock, which a report takes for as long as it is drawn.
    private const string LockName = "annotations.lock";

    /// <summary>Version of the file format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>By name of the run; runs without are absent.</summary>
    public IReadOnlyDictionary<string, RunAnnotation> Runs { get; init; } = new Dictionary<string, RunAnnotation>();

    /// <summary>Reads those of an experiment; none if there is no file.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public static RunAnnotations Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? CghJson.Load<RunAnnotations>(path, "Restore it, or delete it: then the runs have no names, notes and tags, and none is archived or deleted.")
            : new RunAnnotations();
    }

    /// <summary>Changes those of some runs. Several processes can do it at the same time.</summary>
    /// <param name="folder">The experiment's folder, which must exist.</param>
    /// <param name="runs">Names of the runs.</param>
    /// <param name="change">Returns the new annotation.</param>
    /// <returns>All annotations after the change.</returns>
    /// <exception cref="UserErrorException">An annotation is invalid, or the file cannot be read or written; nothing was changed.</exception>
    public static RunAnnotations Change(string folder, IReadOnlyCollection<string> runs, Func<RunAnnotation, RunAnnotation> change)
    {
        using var held = FolderLock.Take(folder, LockName);
        var before = Read(folder);
        var changed = new SortedDictionary<string, RunAnnotation>(StringComparer.Ordinal);
        foreach (var (name, annotation) in before.Runs)
        {
            changed[name] = annotation;
        }

        foreach (var run in runs)
        {
            var annotation = change(changed.GetValueOrDefault(run, RunAnnotation.None));
            if (annotation.Failure() is { } failure)
            {
                throw UserErrorException.Usage(failure);
            }

            changed[run] = annotation;
        }

        var after = before with { Runs = changed.Where(run => !run.Value.IsEmpty).ToDictionary(run => run.Key, run => run.Value) };
        CghJson.Save(Path.Combine(folder, FileName), after);
        return after;
    }
}
