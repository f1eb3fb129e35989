using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Decides from the list of a source which images are packed.</summary>
internal static class PackPlanner
{
    public static PackPlan Make(IImageSource source, PackOptions options)
    {
        var classes = Enumerable.Range(0, source.Info.Classes.Count).ToArray();
        return new PackPlan(
            source, classes, [.. source.Images.PositionsOf(Split.Train)], [.. source.Images.PositionsOf(Split.Val)], Capacity(options));
    }

    // As many as fit into ShardBytes as pixels, whatever the encoding: only that is known before an image has been read.
    private static int Capacity(PackOptions options) => (int)Math.Clamp(options.ShardBytes / (options.Side * options.Side * 3L), 1, 100_000_000);
}
