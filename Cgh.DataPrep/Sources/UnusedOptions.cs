using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources;

/// <summary>Rejects options that a kind of source does not use: one that is ignored gives another dataset than the user expects.</summary>
internal static class UnusedOptions
{
    private static readonly (string Property, string Option, Func<SourceOptions, bool> IsGiven, string UsedBy)[] s_options =
    [
        (nameof(SourceOptions.ValLabels), "--val-labels", options => options.ValLabels is not null, "folders with validation images outside of class folders"),
        (nameof(SourceOptions.Coarse), "--coarse", options => options.Coarse, "CIFAR-100"),
        (nameof(SourceOptions.ImageColumn), "--image-column", options => options.ImageColumn is not null, "CSV tables and Parquet files"),
        (nameof(SourceOptions.LabelColumn), "--label-column", options => options.LabelColumn is not null, "CSV tables and Parquet files"),
    ];

    /// <exception cref="UserErrorException">An option is given that the format does not use.</exception>
    public static void Check(string path, ImageSourceFormat format, SourceOptions options)
    {
        foreach (var (property, option, isGiven, usedBy) in s_options)
        {
            if (isGiven(options) && !format.Uses.Contains(property))
            {
                throw UserErrorException.Usage($"{option} does not apply to {path}: it is for {usedBy}. Remove it.");
            }
        }
    }
}
