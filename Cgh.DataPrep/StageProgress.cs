namespace Cgh.DataPrep;

/// <summary>How far the making of a dataset is.</summary>
/// <param name="Stage">"drawing" images, "listing" classes, "packing" files or making "labels".</param>
/// <param name="Done">How many of <paramref name="Total"/> are done.</param>
/// <param name="Total">How many there are of what the stage works on.</param>
public sealed record StageProgress(string Stage, int Done, int Total);
