using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Sends commands to queues and publishes events. RabbitMQ requires identical arguments in every declaration of a queue, so a queue with
/// arguments is declared only by its consumers, and commands are sent to its exchange.
/// </summary>
public static class SendExtensions
{
    /// <summary>Requests a dataset from DataPrep.</summary>
    /// <exception cref="Exception">
    /// No DataPrep service has declared the queue yet, or the broker did not accept the message (exceptions of the transport).
    /// </exception>
    public static async Task RequestDatasetAsync(this ISendEndpointProvider sender, PrepareDataset command, CancellationToken cancellationToken = default)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{Queues.PrepareDataset}"));
        await endpoint.Send(
            command,
            context =>
            {
                if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
                {
                    rabbit.Mandatory = true;
                }
            },
            cancellationToken);
    }

    /// <summary>Offers a shard to the DataPrep services.</summary>
    public static async Task OfferShardAsync(this ISendEndpointProvider sender, PackShard command, CancellationToken cancellationToken = default)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{Queues.PackShards}"));
        await endpoint.Send(command, cancellationToken);
    }

    /// <summary>Queues a run. The in-memory bus ignores priorities.</summary>
    public static async Task OfferRunAsync(this ISendEndpointProvider sender, StartRun command, CancellationToken cancellationToken = default)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{Queues.StartRun}"));
        await endpoint.Send(command, context => context.TrySetPriority((byte)command.Priority), cancellationToken);
    }

    /// <summary>
    /// Publishes an event that only announces newer data in the run store. The broker does not write it to disk, although the queues are durable:
    /// a restart loses it, and the next event or the reconciler makes up for it.
    /// </summary>
    public static Task AnnounceAsync(this IPublishEndpoint publisher, object happened, CancellationToken cancellationToken) =>
        publisher.Publish(happened, happened.GetType(), context => context.Durable = false, cancellationToken);
}
