namespace Cgh.AppHost.Aspire.Servers;

/// <summary>Redis and RabbitMQ in containers, each with a volume of its own.</summary>
internal static class ContainerServers
{
    public static LaboratoryServers Add(IDistributedApplicationBuilder builder)
    {
        var redis = builder.AddRedis(LaboratoryServers.StoreName)
            .WithDataVolume()
            // A snapshot ten seconds after a change: what is younger is rebuilt from the run folders.
            .WithPersistence(TimeSpan.FromSeconds(10), keysChangedThreshold: 1);

        var messaging = builder.AddRabbitMQ(LaboratoryServers.BusName)
            .WithManagementPlugin()
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", LaboratoryServers.ErlangArguments);
        if (builder.ExecutionContext.IsRunMode)
        {
            // A deployment's volumes are network shares, which RabbitMQ does not keep its files on. What it forgets is queued again.
            messaging.WithDataVolume();
        }

        return new LaboratoryServers(redis, messaging, redis, messaging);
    }
}
