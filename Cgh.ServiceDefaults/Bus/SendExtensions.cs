using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Commands go to a queue. RabbitMQ wants the same arguments from everybody who declares one, so a queue with arguments is declared by its
/// consumers alone, and commands for it go to the exchange before it.
/// </summary>
public static class SendExtensions
{
    /// <summary>Asks DataPrep for a dataset.</summary>
    /// <exception cref="Exception">No DataPrep has been there yet, or the broker did not take it: the transport's own exceptions.</exception>
    public static async Task AskForDatasetAsync(this ISendEndpointProvider sender, PrepareDataset command, CancellationToken cancellationToken = default)
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

    /// <summary>Queues a run. The bus in one process knows no priorities: there runs are taken as they come.</summary>
    public static async Task OfferRunAsync(this ISendEndpointProvider sender, StartRun command, CancellationToken cancellationToken = default)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"exchange:{Queues.StartRun}"));
        await endpoint.Send(command, context => context.TrySetPriority((byte)command.Priority), cancellationToken);
    }
}
