using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>What a dataset holds, for <c>info</c>.</summary>
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

    /// <summary>Bytes of the split's shards on the disk.</summary>
    public long Bytes(Split split) => Manifest[split].Shards
        .Select(shard => new FileInfo(Path.Combine(Dataset.SplitFolder(Folder, split), shard.File)))
        .Sum(file => file.Exists ? file.Length : 0);
}
