using Cgh.Core.Datasets;

namespace Cgh.DataPrep;

/// <summary>Contents of a dataset, as <c>info</c> shows them.</summary>
internal sealed record DatasetInfo(DatasetManifest Manifest, string Folder, IReadOnlyList<LabelSetInfo> LabelSets)
{
    /// <summary>The contents of <c>subset.json</c>; null for a dataset with images of its own.</summary>
    public SubsetInfo? Subset { get; init; }

    /// <summary>For a subset, the folder of the dataset that holds the images, absolute.</summary>
    public string? ParentFolder { get; init; }

    /// <summary>For a subset, the number of training images of that dataset.</summary>
    public int? ParentImages { get; init; }

    public static DatasetInfo Read(string folder)
    {
        using var dataset = Dataset.Open(folder);
        var sets = dataset.LabelSetNames()
            .Select(name => name == LabelSet.Original
                ? new LabelSetInfo { Name = name, Pristine = dataset.Manifest.Train.Images, Created = dataset.Manifest.Created }
                : LabelSetInfo.Load(LabelSet.InfoPath(folder, name)));
        return new DatasetInfo(dataset.Manifest, folder, [.. sets])
        {
            Subset = dataset.Subset?.Info,
            ParentFolder = dataset.Subset?.Parent.Folder,
            ParentImages = dataset.Subset?.Parent.Manifest.Train.Images,
        };
    }

    /// <summary>Size of the split's shards on disk, or of a subset's indices, in bytes.</summary>
    public long Bytes(Split split) => FilesOf(split).Select(path => new FileInfo(path)).Sum(file => file.Exists ? file.Length : 0);

    private IEnumerable<string> FilesOf(Split split) => Subset is null
        ? Manifest[split].Shards.Select(shard => Path.Combine(Dataset.SplitFolder(Folder, split), shard.File))
        : [SubsetInfo.IndicesPath(Folder, split)];
}
