using System.Globalization;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep;

/// <summary>What packing found out about the images, for <c>pack</c>, <c>info</c> and pages.</summary>
internal static class DatasetFindings
{
    /// <summary>A sentence for each.</summary>
    public static IEnumerable<string> Lines(DatasetManifest manifest)
    {
        foreach (var warning in manifest.Warnings)
        {
            yield return warning;
        }

        if (manifest.Duplicates is { Images: > 0 } duplicates)
        {
            yield return $"{Images(duplicates.Images)} have the same pixels as another one ({DuplicateCounts.FileName} lists them).";
            if (duplicates.TrainAndVal > 0)
            {
                yield return $"{Images(duplicates.TrainAndVal)} of val {(duplicates.TrainAndVal == 1 ? "is" : "are")} also in train.";
            }

            if (duplicates.DifferentLabels > 0)
            {
                yield return $"{Images(duplicates.DifferentLabels)} have the same pixels as one with another label.";
            }
        }

        if (manifest.Oriented > 0)
        {
            var oriented = manifest.Oriented.Value;
            yield return $"{Images(oriented)} {(oriented == 1 ? "is" : "are")} rotated or mirrored according to EXIF, which was "
                + (manifest.Orient ? "applied." : "not applied (--orient does).");
        }
    }

    private static string Images(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "image" : "images")}");
}
