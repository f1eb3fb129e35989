namespace Cgh.DataPrep;

/// <summary>Progress of creating a dataset.</summary>
/// <param name="Stage">The current stage: "generating images", "listing" classes, "packing" files or creating "labels".</param>
/// <param name="Done">Number of processed items.</param>
/// <param name="Total">Number of items in this stage.</param>
public sealed record StageProgress(string Stage, int Done, int Total)
{
    /// <summary>Items per second; null if not known.</summary>
    public double? Rate { get; init; }

    /// <summary>Estimated time until the stage ends; null if not known.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>A sentence that the user should read; null in a report that only has figures.</summary>
    public string? Notice { get; init; }
}
