namespace Cgh.Reports;

/// <summary>Mean and spread of a figure over seeds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">Sample standard deviation; null for a single value.</param>
internal sealed record MeanAndDeviation(double Mean, double? Deviation)
{
    /// <summary>Of at least one value.</summary>
    public static MeanAndDeviation Of(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return new MeanAndDeviation(mean, values.Count > 1 ? Math.Sqrt(values.Sum(value => Math.Pow(value - mean, 2)) / (values.Count - 1)) : null);
    }
}
