namespace Cgh.Core.Tracking;

/// <summary>An example's place in the data map.</summary>
/// <param name="Mean">Mean of the given label's probability over the tracked epochs.</param>
/// <param name="Deviation">Standard deviation of the same, 0 to 0.5.</param>
/// <param name="IsCorrupt">Whether the given label is not the original one.</param>
public readonly record struct DataMapPoint(double Mean, double Deviation, bool IsCorrupt)
{
    /// <summary>Evenly spaced points of a list, so that at most <paramref name="limit"/> are left.</summary>
    public static IReadOnlyList<DataMapPoint> Thin(IReadOnlyList<DataMapPoint> points, int limit) => points.Count <= limit
        ? points
        : [.. Enumerable.Range(0, limit).Select(i => points[(int)((long)i * points.Count / limit)])];
}
