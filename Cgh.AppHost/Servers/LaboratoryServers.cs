using Cgh.AppHost.Infrastructure;
using Cgh.ServiceDefaults;

namespace Cgh.AppHost.Servers;

/// <summary>The connection strings of run store and broker, under the names that the services expect.</summary>
/// <param name="Store">Connection string of a Redis-protocol server.</param>
/// <param name="Bus">Connection string of a RabbitMQ server.</param>
/// <param name="Started">Resources started by this host that services wait for.</param>
internal sealed record LaboratoryServers(
    IResourceBuilder<IResourceWithConnectionString> Store,
    IResourceBuilder<IResourceWithConnectionString> Bus,
    params IReadOnlyList<IResourceBuilder<IResource>> Started)
{
    public const string StoreName = ServiceDefaultsExtensions.RedisConnection;

    public const string BusName = ServiceDefaultsExtensions.MessagingConnection;

    /// <summary>
    /// Raises the time after which RabbitMQ closes a channel with an unacknowledged message from 30 minutes to 30 days (in milliseconds; the
    /// maximum is 49 days): a trainer holds its message for as long as it trains.
    /// </summary>
    public const string ErlangArguments = "-rabbit consumer_timeout 2592000000";

    public static LaboratoryServers Add(IDistributedApplicationBuilder builder, LaboratoryOptions options) => options.Infrastructure switch
    {
        InfrastructureMode.Containers => ContainerServers.Add(builder, options),
        InfrastructureMode.Existing => new(
            builder.AddConnectionString(StoreName).WithIconName(Appearance.StoreIcon),
            builder.AddConnectionString(BusName).WithIconName(Appearance.BusIcon)),
        InfrastructureMode.Executables => ExecutableServers.Add(builder, options),
        var mode => throw new InvalidOperationException($"No servers for {mode}."),
    };

    /// <summary>Makes <paramref name="service"/> wait until the servers are healthy.</summary>
    public void WaitedFor<T>(IResourceBuilder<T> service)
        where T : IResourceWithWaitSupport
    {
        foreach (var server in Started)
        {
            service.WaitFor(server);
        }
    }
}
