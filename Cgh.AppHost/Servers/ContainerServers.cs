namespace Cgh.AppHost.Servers;

/// <summary>Redis and RabbitMQ in containers, each with its own volume.</summary>
internal static class ContainerServers
{
    public static LaboratoryServers Add(IDistributedApplicationBuilder builder)
    {
        var redis = builder.AddRedis(LaboratoryServers.StoreName)
            .WithDataVolume()
            // A snapshot 10 seconds after a change; later changes are rebuilt from the run folders.
            .WithPersistence(TimeSpan.FromSeconds(10), keysChangedThreshold: 1);

        var messaging = builder.AddRabbitMQ(LaboratoryServers.BusName)
            .WithManagementPlugin()
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", LaboratoryServers.ErlangArguments);
        if (builder.ExecutionContext.IsRunMode)
        {
            // Deployed volumes are network shares, which RabbitMQ does not support. Lost messages are queued again.
            messaging.WithDataVolume();
        }

        return new LaboratoryServers(redis, messaging, redis, messaging);
    }
}
