using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Declares queues so that RabbitMQ 3.10 to 4.3 accept them. docs/queue.md has the properties, docs/architecture.md the reasons.</summary>
internal static class QueueDeclarations
{
    /// <summary>Name of the queue at an address of the bus.</summary>
    public static string NameOf(Uri address) => address.AbsolutePath.Split('/')[^1];

    // As MassTransit's for temporary queues.
    private static readonly TimeSpan s_responsesExpiry = TimeSpan.FromMinutes(1);

    /// <summary>The queue that a process receives responses in. It is declared with the first request.</summary>
    public static void ConfigureResponses(IRabbitMqBusFactoryConfigurator bus)
    {
        bus.Durable = true;
        bus.AutoDelete = false;
        bus.QueueExpiration = s_responsesExpiry;
        bus.SetQueueArgument("x-queue-type", "classic");
    }

    public static void Configure(string name, IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            return;
        }

        // RabbitMQ 4.3 rejects queues that are neither durable nor exclusive, such as MassTransit's temporary ones. They still
        // expire one minute after their last consumer. An exclusive queue would stay locked until the broker notices that its connection is lost.
        rabbit.Durable = true;

        // A virtual host can default to quorum queues, which reject x-max-priority and drop a message after 20 deliveries.
        rabbit.SetQueueArgument("x-queue-type", "classic");
    }
}
