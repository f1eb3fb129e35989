using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost.Aspire.Servers;

/// <summary>
/// <c>redis-server</c> and <c>rabbitmq-server</c> of this machine, started unprivileged on 127.0.0.1, on ports that Aspire
/// picks and with their files under the data folder: no container runtime is needed for them.
/// </summary>
internal static class ExecutableServers
{
    private const string Loopback = "127.0.0.1";

    private const string Endpoint = "tcp";

    // Aspire accepts connections for a program that does not listen yet, and may keep them.
    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(5);

    public static LaboratoryServers Add(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var redis = AddRedis(builder, options.RedisServer, Path.Combine(options.Data.Root, "servers", "redis"));
        var rabbitMq = AddRabbitMq(builder, options.RabbitMqServer, Path.Combine(options.Data.Root, "servers", "rabbitmq"));
        return new LaboratoryServers(
            builder.AddConnectionString(LaboratoryServers.StoreName, ReferenceExpression.Create($"{Loopback}:{redis.GetEndpoint(Endpoint).Property(EndpointProperty.Port)}")),
            // A fresh RabbitMQ knows one user, who may come from this machine only.
            builder.AddConnectionString(LaboratoryServers.BusName, ReferenceExpression.Create($"amqp://guest:guest@{Loopback}:{rabbitMq.GetEndpoint(Endpoint).Property(EndpointProperty.Port)}")),
            redis,
            rabbitMq);
    }

    private static IResourceBuilder<ExecutableResource> AddRedis(IDistributedApplicationBuilder builder, string program, string folder)
    {
        var redis = builder.AddExecutable("redis-server", program, folder).WithEndpoint(name: Endpoint);
        return redis
            .WithArgs("--bind", Loopback, "--port", redis.GetEndpoint(Endpoint).Property(EndpointProperty.TargetPort))
            .WithArgs("--dir", folder, "--appendonly", "yes", "--save", "")
            .OnBeforeResourceStarted((_, _, _) => MakeFolder(folder))
            .WithAnswer(builder, "PING\r\n"u8.ToArray(), "+PONG"u8.ToArray());
    }

    private static IResourceBuilder<ExecutableResource> AddRabbitMq(IDistributedApplicationBuilder builder, string program, string folder)
    {
        // Erlang's name server. RabbitMQ would start one that outlives it; one that is there already it takes. Without Aspire's proxy
        // before it, so on a port that is chosen here: Erlang believes only a name server that says it listens where it was found.
        var port = FreePort();
        var namesPort = port.ToString(CultureInfo.InvariantCulture);
        var names = builder.AddExecutable("epmd", "epmd", folder, "-address", Loopback, "-port", namesPort)
            .WithEndpoint(name: Endpoint, port: port, targetPort: port, isProxied: false)
            .OnBeforeResourceStarted((_, _, _) => MakeFolder(folder))
            // Asked for its names, it begins with its port as four bytes. RabbitMQ gives up at once when it does not answer.
            .WithAnswer(builder, [0, 1, (byte)'n'], [0, 0]);

        return builder.AddExecutable("rabbitmq-server", program, folder)
            .WithEndpoint(name: Endpoint, env: "RABBITMQ_NODE_PORT")
            .WithEndpoint(name: "distribution", env: "RABBITMQ_DIST_PORT")
            .WithEnvironment("ERL_EPMD_PORT", namesPort)
            .WithEnvironment("ERL_EPMD_ADDRESS", Loopback)
            .WithEnvironment("RABBITMQ_NODE_IP_ADDRESS", Loopback)
            // A name of its own, always the same: the folder of its queues bears it.
            .WithEnvironment("RABBITMQ_NODENAME", "cgh@localhost")
            .WithEnvironment("RABBITMQ_MNESIA_BASE", Path.Combine(folder, "mnesia"))
            .WithEnvironment("RABBITMQ_LOG_BASE", Path.Combine(folder, "log"))
            .WithEnvironment("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(folder, "enabled_plugins"))
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", $"{LaboratoryServers.ErlangArguments} -kernel inet_dist_use_interface {{127,0,0,1}}")
            // Erlang keeps its cookie in the home folder; the user's own stays as it is.
            .WithEnvironment("HOME", folder)
            .WaitFor(names)
            .WithAnswer(builder, "AMQP\0\0\u0009\u0001"u8.ToArray(), [1]);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task MakeFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    private static IResourceBuilder<ExecutableResource> WithAnswer(this IResourceBuilder<ExecutableResource> server, IDistributedApplicationBuilder builder, byte[] question, byte[] answer)
    {
        var check = $"{server.Resource.Name}-answers";
        var endpoint = server.GetEndpoint(Endpoint);
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(check, _ => new AnswerHealthCheck(() => endpoint.Port, question, answer), failureStatus: null, tags: null, s_answerTime));
        return server.WithHealthCheck(check);
    }
}
