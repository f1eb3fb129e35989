namespace Cgh.AppHost.Aspire.Servers;

/// <summary>The run store's server and the broker, wherever they come from, under the names that every service looks for.</summary>
/// <param name="Store">Connection string of a Redis-protocol server.</param>
/// <param name="Bus">Connection string of a RabbitMQ.</param>
/// <param name="Started">What this host starts, and services wait for.</param>
internal sealed record LaboratoryServers(
    IResourceBuilder<IResourceWithConnectionString> Store, IResourceBuilder<IResourceWithConnectionString> Bus, params IReadOnlyList<IResourceBuilder<IResource>> Started)
{
    public const string StoreName = "redis";

    public const string BusName = "messaging";

    /// <summary>
    /// RabbitMQ closes a channel that holds a message for longer than this, by default 30 minutes; a trainer holds its message for
    /// as long as it trains. Thirty days, in milliseconds: the broker's timers end at 49.
    /// </summary>
    public const string ErlangArguments = "-rabbit consumer_timeout 2592000000";

    public static LaboratoryServers Add(IDistributedApplicationBuilder builder, LaboratoryOptions options) => options.Infrastructure switch
    {
        InfrastructureMode.Containers => ContainerServers.Add(builder),
        InfrastructureMode.Existing => new(builder.AddConnectionString(StoreName), builder.AddConnectionString(BusName)),
        InfrastructureMode.Executables => ExecutableServers.Add(builder, options),
        var mode => throw new InvalidOperationException($"No servers for {mode}."),
    };

    /// <summary>Makes <paramref name="service"/> wait until the servers answer.</summary>
    public void WaitedFor<T>(IResourceBuilder<T> service)
        where T : IResourceWithWaitSupport
    {
        foreach (var server in Started)
        {
            service.WaitFor(server);
        }
    }
}
