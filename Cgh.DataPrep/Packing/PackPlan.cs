using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// A shard to pack: a range of the images of a split. An image that turns out to be unreadable makes its shard smaller and shifts no other, so each shard
/// can be packed, verified and repaired on its own.
/// </summary>
/// <param name="Split">The split of the shard.</param>
/// <param name="Index">Number of the shard within its split.</param>
/// <param name="First">Index of its first image in <see cref="PackPlan.Positions(Split)"/>.</param>
/// <param name="Count">Number of images, unreadable ones included.</param>
internal sealed record PlannedShard(Split Split, int Index, int First, int Count)
{
    /// <summary>File name of the shard within the split's folder.</summary>
    public string File => Name(".npy");

    /// <summary>File name of the offsets of encoded images.</summary>
    public string OffsetsFile => Name(".npy", "offsets");

    /// <summary>Returns the path of a file of the shard below the dataset's folder.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="extension">Extension with a dot.</param>
    public string PathIn(string folder, string extension = ".npy") => Path.Combine(Dataset.SplitFolder(folder, Split), Name(extension));

    private string Name(string extension, string prefix = "images") => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{Index:D5}{extension}");
}

/// <summary>
/// Which images of a source a dataset holds, with which labels, and which shard holds each. Depends on the list of the source and on the options alone, so
/// every process that packs the dataset makes the same plan.
/// </summary>
internal sealed class PackPlan
{
    private readonly ImageList _images;
    private readonly int[] _train;
    private readonly int[] _val;

    // Index of each of the source's classes in Classes; -1 for a class that is left out.
    private readonly int[] _labels;

    /// <param name="source">The source.</param>
    /// <param name="classes">The source's classes that the dataset has, in the order of its labels.</param>
    /// <param name="train">Positions of the training images, ascending.</param>
    /// <param name="val">Positions of the validation images, ascending.</param>
    /// <param name="selection">Why these images.</param>
    /// <param name="capacity">Maximum number of images in a shard.</param>
    public PackPlan(IImageSource source, IReadOnlyList<int> classes, int[] train, int[] val, ImageSelection selection, int capacity)
    {
        var info = source.Info;
        _images = source.Images;
        (_train, _val) = (train, val);
        _labels = new int[info.Classes.Count];
        Array.Fill(_labels, -1);
        for (var label = 0; label < classes.Count; label++)
        {
            _labels[classes[label]] = label;
        }

        Classes = [.. classes.Select(label => info.Classes[label])];
        ClassNames = info.ClassNames is { } names ? [.. classes.Select(label => names[label])] : null;
        Selection = selection;
        Capacity = capacity;
        Shards = [.. ShardsOf(Split.Train), .. ShardsOf(Split.Val)];
    }

    /// <summary>Names of the classes, in the order of the labels.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Readable names of the classes; null if the source has none.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>Which images were selected, with the defaults that the source led to.</summary>
    public ImageSelection Selection { get; }

    /// <summary>What may be a mistake in the source, a sentence for each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Maximum number of images in a shard.</summary>
    public int Capacity { get; }

    /// <summary>Every shard, those of train first.</summary>
    public IReadOnlyList<PlannedShard> Shards { get; }

    /// <summary>Number of images of both splits.</summary>
    public int Count => _train.Length + _val.Length;

    /// <summary>Positions of a split's images in the source, ascending.</summary>
    public ReadOnlySpan<int> Positions(Split split) => split == Split.Train ? _train : _val;

    /// <summary>Positions of a shard's images in the source, ascending.</summary>
    public ReadOnlySpan<int> Positions(PlannedShard shard) => Positions(shard.Split).Slice(shard.First, shard.Count);

    /// <summary>Label, in the dataset, of the image at a position of the source.</summary>
    public int LabelAt(int position) => _labels[_images.LabelAt(position)];

    private IEnumerable<PlannedShard> ShardsOf(Split split)
    {
        var count = Positions(split).Length;
        for (var (index, first) = (0, 0); first < count; index++, first += Capacity)
        {
            yield return new PlannedShard(split, index, first, Math.Min(Capacity, count - first));
        }
    }
}
