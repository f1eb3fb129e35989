using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;

namespace Cgh.DataPrep;

/// <summary>Compares an existing dataset with what is requested under its name.</summary>
internal static class DatasetDifference
{
    /// <summary>Returns what differs, as a clause about the dataset; null if it is what is requested.</summary>
    /// <param name="manifest">The dataset.</param>
    /// <param name="source">The source that is requested; null for any.</param>
    /// <param name="options">How it is to be packed.</param>
    public static string? Find(DatasetManifest manifest, string? source, PackOptions options)
    {
        if (source is not null && manifest.Source != source)
        {
            return $"it was made from {manifest.Source}, not from {source}";
        }

        if (manifest.Side != options.Side || manifest.ShortSide != options.ShortSide)
        {
            return $"its images have side {manifest.Side} and short side {manifest.ShortSide}, not {options.Side} and {options.ShortSide}";
        }

        if (source is null)
        {
            return null;
        }

        var packed = manifest.Selection ?? new ImageSelection();
        var requested = options.Selection with { Holdout = options.Selection.Holdout ?? (packed.Holdout is null ? null : ImageSelection.DefaultHoldout) };
        if (packed != requested)
        {
            return $"it holds another selection of images ({packed.Describe()}, not {requested.Describe()})";
        }

        if ((manifest.SourceOptions ?? new SourceOptions()) != options.Source)
        {
            return "its source was read with other options (valLabels, coarse, imageColumn, labelColumn or classNames)";
        }

        return manifest.Orient != options.Orient ? $"EXIF orientation was {(manifest.Orient ? "" : "not ")}applied"
            : manifest.LargeImages != options.LargeImages ? $"images of more than 89 megapixels were {(manifest.LargeImages ? "" : "not ")}accepted"
            : manifest.Encoding == options.Encoding ? null
            : manifest.Encoding == PackEncoding.Encoded ? "it holds encoded files, not pixels" : "it holds pixels, not encoded files";
    }
}
