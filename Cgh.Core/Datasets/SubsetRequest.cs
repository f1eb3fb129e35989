namespace Cgh.Core.Datasets;

/// <summary>The images of a new subset.</summary>
public sealed record SubsetRequest
{
    /// <summary>Name of the subset; usually that of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Distinct positions of its training images in the parent's training split: image i is image <c>Train[i]</c> of the parent.</summary>
    public required int[] Train { get; init; }

    /// <summary>
    /// Positions of its test images in the parent's <em>training</em> split, distinct and not in <see cref="Train"/>. Null for the parent's test images.
    /// </summary>
    public int[]? Test { get; init; }

    /// <summary>Where the indices came from, for people: a file or a run.</summary>
    public string Origin { get; init; } = "";
}
