using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Declares queues so that RabbitMQ 3.10 to 4.3 accept them, and that a queue of an earlier version with the same name is still the same queue.
/// </summary>
internal static class QueueDeclarations
{
    public static void Configure(string name, IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            return;
        }

        // RabbitMQ 4.3 refuses transient queues that are not exclusive, as MassTransit declares temporary ones. They still vanish with their
        // consumer, or one minute later. An exclusive queue would be locked while a lost connection is not yet noticed.
        rabbit.Durable = true;

        // A virtual host may make quorum queues by default; they refuse x-max-priority and drop a message after 20 deliveries.
        rabbit.SetQueueArgument("x-queue-type", "classic");
    }
}
