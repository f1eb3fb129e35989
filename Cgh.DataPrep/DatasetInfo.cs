using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>Contents of a dataset, as <c>info</c> shows them.</summary>
internal sealed record DatasetInfo(DatasetManifest Manifest, string Folder, IReadOnlyList<LabelSetInfo> LabelSets)
{
    public static DatasetInfo Read(string folder)
    {
        using var dataset = Dataset.Open(folder);
        var sets = dataset.LabelSetNames()
            .Select(name => name == LabelSet.Original
                ? new LabelSetInfo { Name = name, Pristine = dataset.Manifest.Train.Images, Created = dataset.Manifest.Created }
                : CghJson.Load<LabelSetInfo>(LabelSet.InfoPath(folder, name)));
        return new DatasetInfo(dataset.Manifest, folder, [.. sets]);
    }

    /// <summary>Size of the split's shards on disk, in bytes.</summary>
    public long Bytes(Split split) => Manifest[split].Shards
        .Select(shard => new FileInfo(Path.Combine(Dataset.SplitFolder(Folder, split), shard.File)))
        .Sum(file => file.Exists ? file.Length : 0);
}
