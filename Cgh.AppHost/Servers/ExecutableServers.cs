using System.Globalization;
using Cgh.ServiceDefaults;

namespace Cgh.AppHost.Servers;

/// <summary>
/// Starts this machine's <c>redis-server</c> and <c>rabbitmq-server</c> unprivileged on 127.0.0.1, on ports that Aspire assigns and with
/// their files in the data folder. They need no container runtime.
/// </summary>
internal static class ExecutableServers
{
    private const string Loopback = "127.0.0.1";

    private const string Endpoint = "tcp";

    public static LaboratoryServers Add(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var redis = AddRedis(builder, options.Executables.Redis, Path.Combine(options.Data.Root, "servers", "redis"));
        var rabbitMq = AddRabbitMq(builder, options.Executables.RabbitMq, Path.Combine(options.Data.Root, "servers", "rabbitmq"));
        var redisPort = redis.GetEndpoint(Endpoint).Property(EndpointProperty.Port);
        var rabbitMqPort = rabbitMq.GetEndpoint(Endpoint).Property(EndpointProperty.Port);
        var store = builder.AddConnectionString(LaboratoryServers.StoreName, ReferenceExpression.Create($"{Loopback}:{redisPort}"))
            .WithIconName(Appearance.StoreIcon);
        // The default user of a new RabbitMQ, allowed only from localhost.
        var bus = builder.AddConnectionString(LaboratoryServers.BusName, ReferenceExpression.Create($"amqp://guest:guest@{Loopback}:{rabbitMqPort}"))
            .WithIconName(Appearance.BusIcon);
        redis.LooksLikeServerOf(store);
        rabbitMq.LooksLikeServerOf(bus);
        return new LaboratoryServers(store, bus, redis, rabbitMq);
    }

    private static IResourceBuilder<ExecutableResource> AddRedis(IDistributedApplicationBuilder builder, string program, string folder)
    {
        var redis = builder.AddExecutable("redis-server", program, folder).WithEndpoint(name: Endpoint);
        return redis
            .WithArgs("--bind", Loopback, "--port", redis.GetEndpoint(Endpoint).Property(EndpointProperty.TargetPort))
            .WithArgs("--dir", folder, "--appendonly", "yes", "--save", "")
            .OnBeforeResourceStarted((_, _, _) => MakeFolder(folder))
            .WithAnswer("PING\r\n"u8.ToArray(), "+PONG"u8.ToArray());
    }

    private static IResourceBuilder<ExecutableResource> AddRabbitMq(IDistributedApplicationBuilder builder, string program, string folder)
    {
        // Erlang's name server. RabbitMQ would start one that outlives it, but uses a running one. Without Aspire's proxy and on a fixed port,
        // because Erlang requires the name server to report the port it was reached on.
        var port = LocalPorts.AnyFree();
        var namesPort = port.ToString(CultureInfo.InvariantCulture);
        var names = builder.AddExecutable("epmd", "epmd", folder, "-address", Loopback, "-port", namesPort)
            .WithEndpoint(name: Endpoint, port: port, targetPort: port, isProxied: false)
            .OnBeforeResourceStarted((_, _, _) => MakeFolder(folder))
            // Its reply to a names request starts with its port in four bytes. RabbitMQ does not retry if it is not responding.
            .WithAnswer([0, 1, (byte)'n'], [0, 0]);

        var server = builder.AddExecutable("rabbitmq-server", program, folder);
        names.LooksLikeServerOf(server);
        return server
            .WithEndpoint(name: Endpoint, env: "RABBITMQ_NODE_PORT")
            .WithEndpoint(name: "distribution", env: "RABBITMQ_DIST_PORT")
            .WithEnvironment("ERL_EPMD_PORT", namesPort)
            .WithEnvironment("ERL_EPMD_ADDRESS", Loopback)
            .WithEnvironment("RABBITMQ_NODE_IP_ADDRESS", Loopback)
            // A fixed node name, because it is part of the path of its queues.
            .WithEnvironment("RABBITMQ_NODENAME", "cgh@localhost")
            .WithEnvironment("RABBITMQ_MNESIA_BASE", Path.Combine(folder, "mnesia"))
            .WithEnvironment("RABBITMQ_LOG_BASE", Path.Combine(folder, "log"))
            .WithEnvironment("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(folder, "enabled_plugins"))
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", $"{LaboratoryServers.ErlangArguments} -kernel inet_dist_use_interface {{127,0,0,1}}")
            // Erlang stores its cookie in the home folder; do not touch the user's own.
            .WithEnvironment("HOME", folder)
            .WaitFor(names)
            .WithAnswer("AMQP\0\0\u0009\u0001"u8.ToArray(), [1]);
    }

    private static Task MakeFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    // An open port is not enough: Aspire's proxy accepts connections before the server runs.
    private static IResourceBuilder<ExecutableResource> WithAnswer(this IResourceBuilder<ExecutableResource> server, byte[] question, byte[] answer)
    {
        var endpoint = server.GetEndpoint(Endpoint);
        return server.WithReadiness($"{server.Resource.Name}-answers", ReadinessCheck.OfProtocol(() => endpoint.Port, question, answer));
    }
}
