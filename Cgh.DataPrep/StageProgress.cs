namespace Cgh.DataPrep;

/// <summary>Progress of creating a dataset.</summary>
/// <param name="Stage">The current stage: "generating images", "listing" classes, "packing" files or creating "labels".</param>
/// <param name="Done">Number of processed items.</param>
/// <param name="Total">Number of items in this stage.</param>
public sealed record StageProgress(string Stage, int Done, int Total)
{
    /// <summary>A sentence that the user should read; null in a report of progress.</summary>
    public string? Notice { get; private init; }

    /// <summary>Returns a report that has a sentence instead of figures.</summary>
    public static StageProgress Of(string notice) => new("", 0, 0) { Notice = notice };
}
