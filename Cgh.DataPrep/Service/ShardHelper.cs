using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.DataPrep.Packing;

namespace Cgh.DataPrep.Service;

/// <summary>Packs shards of datasets that another service leads.</summary>
internal sealed class ShardHelper(DataFolder data, OpenSource open)
{
    /// <summary>Whether the shard is packed, as far as this service sees.</summary>
    public bool IsPacked(PackShard shard)
    {
        var final = FolderOf(shard);
        return File.Exists(Path.Combine(final, DatasetManifest.FileName))
            || File.Exists(new PlannedShard(shard.Split, shard.Shard, First: 0, Count: 0).PathIn(StagingFolder.PathFor(final), ".json"));
    }

    /// <summary>Packs the shard, unless another service does.</summary>
    /// <exception cref="UserErrorException">This service cannot: it does not see the folder or the same source, or cannot read or write them.</exception>
    public void Pack(PackShard shard, CancellationToken cancellationToken)
    {
        var final = FolderOf(shard);
        if (!Directory.Exists(StagingFolder.PathFor(final)))
        {
            throw new UserErrorException($"{StagingFolder.PathFor(final)} is not there. All DataPrep services need the same data folder.");
        }

        try
        {
            var source = open.Get(shard.Dataset, shard.Settings, cancellationToken);
            if (source.Settings != shard.Settings)
            {
                // Opening the folder with other settings would begin the dataset again.
                throw new UserErrorException($"{source.Source.Info.Path} has other content here. All DataPrep services need the same source at the same path.");
            }

            using var pack = DatasetPack.Open(source.Source, source.Plan, final, source.Options, progress: null, cancellationToken);
            pack.Pack(source.Plan.Shards.Single(planned => planned.Split == shard.Split && planned.Index == shard.Shard), cancellationToken);
        }
        catch (UserErrorException) when (IsPacked(shard))
        {
            // The dataset was completed meanwhile.
        }
        finally
        {
            open.Leave();
        }
    }

    private string FolderOf(PackShard shard) => NewDatasetFolder.For(data, shard.Dataset.Name);
}
