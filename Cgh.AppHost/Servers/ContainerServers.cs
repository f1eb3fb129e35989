using System.Security.Cryptography;
using System.Text;

namespace Cgh.AppHost.Servers;

/// <summary>Redis and RabbitMQ in containers, each with its own volume.</summary>
internal static class ContainerServers
{
    public static LaboratoryServers Add(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        // Each data folder has volumes of its own: the servers hold what belongs to its experiments.
        var volumes = $"cgh-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.Data.Root)))[..10]}";
        var redis = builder.AddRedis(LaboratoryServers.StoreName)
            .WithDataVolume($"{volumes}-redis")
            // A snapshot 10 seconds after a change; later changes are rebuilt from the run folders.
            .WithPersistence(TimeSpan.FromSeconds(10), keysChangedThreshold: 1)
            .LooksLikeServer(Appearance.StoreIcon);

        var messaging = builder.AddRabbitMQ(LaboratoryServers.BusName)
            .WithManagementPlugin()
            .LooksLikeServer(Appearance.BusIcon)
            .WithUrlForEndpoint("management", url => url.DisplayText = "RabbitMQ management")
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", LaboratoryServers.ErlangArguments);
        if (builder.ExecutionContext.IsRunMode)
        {
            // Deployed volumes are network shares, which RabbitMQ does not support. Lost messages are queued again.
            messaging.WithDataVolume($"{volumes}-messaging");
        }

        return new LaboratoryServers(redis, messaging, redis, messaging);
    }
}
