using System.Collections.Concurrent;
using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>
/// Packs shards for the service that leads a dataset. The leader packs whatever no other service does, so that no message is needed for the dataset to become
/// complete: a service that cannot help gives the message back for another one.
/// </summary>
internal sealed partial class PackShardConsumer(
    IRetryingRunStore store,
    ShardHelper helper,
    PreparationSlot slot,
    ShardRefusals refusals,
    IBus bus,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<PackShardConsumer> log) : IConsumer<PackShard>
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(0.5);

    // Long enough that services which can help take the other messages, of which this one holds none meanwhile.
    private static readonly TimeSpan s_refusalDelay = TimeSpan.FromSeconds(5);

    public async Task Consume(ConsumeContext<PackShard> context)
    {
        // A shard outlives its message, as a dataset does: if the broker closes the channel, the redelivered message finds it packed.
        var stopping = lifetime.ApplicationStopping;
        var shard = context.Message;
        string? refusal;
        while (true)
        {
            if (!await IsWantedAsync(shard, stopping))
            {
                return;
            }

            // The leader of a dataset holds the slot all the time. A message for a shard of its own waits here until it has packed it.
            if (slot.TryTake() is { } taken)
            {
                using (taken)
                {
                    Packing(log, shard.Split, shard.Shard, shard.Dataset.Name);
                    refusal = await PackAsync(shard, stopping);
                }

                break;
            }

            await Task.Delay(s_pollInterval, stopping);
        }

        if (refusal is not null)
        {
            if (refusals.Add(shard.Dataset.Name, refusal))
            {
                CannotHelp(log, shard.Dataset.Name, refusal);
            }

            await Task.Delay(s_refusalDelay, clock, stopping);
            await bus.OfferShardAsync(shard, stopping);
        }
    }

    private async Task<bool> IsWantedAsync(PackShard shard, CancellationToken cancellationToken) =>
        await store.FindDatasetAsync(shard.Dataset.Name, cancellationToken) is not { IsActive: false } && !helper.IsPacked(shard);

    // Null unless this service cannot pack it.
    private async Task<string?> PackAsync(PackShard shard, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.Run(() => helper.Pack(shard, stop.Token), CancellationToken.None);
        while (await Task.WhenAny(work, Task.Delay(s_pollInterval, CancellationToken.None)) != work)
        {
            if (!stop.IsCancellationRequested && !await IsWantedAsync(shard, CancellationToken.None))
            {
                await stop.CancelAsync();
            }
        }

        try
        {
            await work;
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Paused, or the leader has given up.
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Packing {Split} shard {Shard} of dataset {Dataset} for another service.")]
    private static partial void Packing(ILogger log, Core.Datasets.Split split, int shard, string dataset);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot help to pack dataset {Dataset}; other services pack it. {Reason}")]
    private static partial void CannotHelp(ILogger log, string dataset, string reason);
}

/// <summary>Why this process could not help, so that each reason is logged once.</summary>
internal sealed class ShardRefusals
{
    private readonly ConcurrentDictionary<(string Dataset, string Reason), int> _counts = new();

    /// <summary>Number of refusals for each reason.</summary>
    public IReadOnlyDictionary<(string Dataset, string Reason), int> Counts => _counts;

    /// <summary>Adds a refusal; false if there was one with this reason.</summary>
    public bool Add(string dataset, string reason) => _counts.AddOrUpdate((dataset, reason), 1, (_, count) => count + 1) == 1;
}

/// <summary>One shard at a time: each uses all cores.</summary>
internal sealed class PackShardConsumerDefinition : ConsumerDefinition<PackShardConsumer>
{
    public PackShardConsumerDefinition()
    {
        EndpointName = Queues.PackShards;
        ConcurrentMessageLimit = 1;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<PackShardConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.PrefetchCount = 1;
}
