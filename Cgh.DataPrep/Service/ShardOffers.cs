using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.DataPrep.Packing;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>Offers the shards of a dataset to the other DataPrep services, in the background: this one packs them meanwhile.</summary>
internal sealed partial class ShardOffers(IBus bus, ILogger<ShardOffers> log)
{
    /// <summary>Offers the missing shards, unless there is nothing to share.</summary>
    /// <param name="request">The dataset.</param>
    /// <param name="pack">The dataset under construction.</param>
    /// <param name="cancellationToken">Ends it before the next offer.</param>
    public void Begin(DatasetRequest request, DatasetPack pack, CancellationToken cancellationToken)
    {
        if (pack.Missing() is { Count: > 1 } missing)
        {
            // The first one is packed here.
            var offers = missing.Skip(1).Select(shard => new PackShard(request, pack.Settings, shard.Split, shard.Index));
            _ = OfferAsync(request.Name, [.. offers], cancellationToken);
        }
    }

    private async Task OfferAsync(string dataset, IReadOnlyList<PackShard> shards, CancellationToken cancellationToken)
    {
        try
        {
            // Not while one is being sent: MassTransit logs a send that is cancelled as an error. A service that gets an offer too late finds its shard packed.
            foreach (var shard in shards.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
            {
                await bus.OfferShardAsync(shard, CancellationToken.None);
            }
        }
        catch (Exception error)
        {
            // Whatever the transport throws: this service packs what no other does. Once the dataset is ready, paused or failed, nothing is lost.
            if (!cancellationToken.IsCancellationRequested)
            {
                NotOffered(log, dataset, UserText.FirstLine(error));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot offer shards of dataset {Dataset} to other DataPrep services; this one packs them. {Reason}")]
    private static partial void NotOffered(ILogger log, string dataset, string reason);
}
