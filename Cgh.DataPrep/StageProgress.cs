namespace Cgh.DataPrep;

/// <summary>How far the making of a dataset is.</summary>
/// <param name="Stage">What is being done, such as "packing".</param>
/// <param name="Done">Files done of <paramref name="Total"/>.</param>
/// <param name="Total">Files in all.</param>
public sealed record StageProgress(string Stage, int Done, int Total);
