using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Sends commands to queues. RabbitMQ requires identical arguments in every declaration of a queue, so a queue with arguments is declared only by
/// its consumers, and commands are sent to its exchange.
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

    /// <summary>Queues a run. The in-memory bus ignores priorities.</summary>
    public static async Task OfferRunAsync(this ISendEndpointProvider sender, StartRun command, CancellationToken cancellationToken = default)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{Queues.StartRun}"));
        await endpoint.Send(command, context => context.TrySetPriority((byte)command.Priority), cancellationToken);
    }
}
