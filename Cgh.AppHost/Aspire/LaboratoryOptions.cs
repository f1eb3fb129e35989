using System.Globalization;
using Cgh.Core;
using Cgh.Core.Files;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost.Aspire;

/// <summary>What the command line says.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="Port">Port of the laboratory's dashboard.</param>
/// <param name="Recipe">Absolute path of the recipe to submit, if any.</param>
/// <param name="Exit">Whether the host ends when the recipe has ended.</param>
/// <param name="ForAspire">What is not ours on the command line, in its order.</param>
internal sealed record LaboratoryArguments(DataFolder Data, int Port, string? Recipe, bool Exit, IReadOnlyList<string> ForAspire)
{
    /// <summary>Whether Aspire's tools ask for what is to be deployed, instead of a start here.</summary>
    public bool Publishes => ForAspire.Any(argument => argument is "--publisher" or "--operation");
}

/// <summary>Where Redis and RabbitMQ come from.</summary>
internal enum InfrastructureMode
{
    /// <summary>Containers of this host.</summary>
    Containers,

    /// <summary>Servers that are there already, by connection string.</summary>
    Existing,

    /// <summary><c>redis-server</c> and <c>rabbitmq-server</c> of this machine, started by this host.</summary>
    Executables,
}

/// <summary>The laboratory's settings: command line and configuration, checked.</summary>
internal sealed record LaboratoryOptions
{
    public const int DefaultPort = 5080;

    /// <summary>More than this on one machine is a slip of the finger.</summary>
    public const int MostReplicas = 64;

    public InfrastructureMode Infrastructure { get; init; }

    public int Replicas { get; init; } = 1;

    /// <summary>The devices that trainers are given in turn, as CUDA numbers or UUIDs; empty on a machine without a GPU.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];

    public required DataFolder Data { get; init; }

    public int Port { get; init; } = DefaultPort;

    public string? Recipe { get; init; }

    public string RedisServer { get; init; } = "redis-server";

    public string RabbitMqServer { get; init; } = "rabbitmq-server";

    /// <exception cref="UserErrorException">A setting is refused: its name, value and the reason.</exception>
    public static LaboratoryOptions Read(IDistributedApplicationBuilder builder, LaboratoryArguments arguments)
    {
        var configuration = builder.Configuration;
        return new LaboratoryOptions
        {
            Infrastructure = ReadMode(configuration, builder.ExecutionContext.IsPublishMode),
            Replicas = ReadReplicas(configuration),
            Gpus = Aspire.Gpus.Visible(),
            Data = new DataFolder(arguments.Data.Root)
            {
                Datasets = Folder(configuration, "datasets", arguments.Data.Datasets),
                Experiments = Folder(configuration, "experiments", arguments.Data.Experiments),
            },
            Port = ReadPort(arguments.Port),
            Recipe = arguments.Recipe,
            RedisServer = configuration["Infrastructure:RedisServer"] ?? "redis-server",
            RabbitMqServer = configuration["Infrastructure:RabbitMqServer"] ?? DefaultRabbitMqServer(),
        };
    }

    private static InfrastructureMode ReadMode(IConfiguration configuration, bool publishing)
    {
        const string Setting = "Infrastructure:Mode";
        if (configuration[Setting] is not { Length: > 0 } given)
        {
            return InfrastructureMode.Containers;
        }

        if (!Enum.TryParse<InfrastructureMode>(given, ignoreCase: true, out var mode) || !Enum.IsDefined(mode) || char.IsAsciiDigit(given[0]))
        {
            throw new UserErrorException($"{Setting} must be Containers, Existing or Executables (it is '{given}').");
        }

        if (mode == InfrastructureMode.Executables && publishing)
        {
            throw new UserErrorException($"{Setting} must be Containers or Existing to publish (it is {mode}): programs of this machine do not go with a deployment.");
        }

        // Who deploys is asked for the connection strings; who runs must have given them.
        foreach (var (name, example) in publishing ? [] : new[] { ("redis", "localhost:6379"), ("messaging", "amqp://guest:guest@localhost:5672") })
        {
            if (mode == InfrastructureMode.Existing && string.IsNullOrWhiteSpace(configuration.GetConnectionString(name)))
            {
                throw new UserErrorException($"ConnectionStrings:{name} must name a server when {Setting} is {mode} (it is not set): such as ConnectionStrings__{name}={example} in the environment.");
            }
        }

        return mode;
    }

    private static int ReadReplicas(IConfiguration configuration)
    {
        const string Setting = "Trainers:Replicas";
        if (configuration[Setting] is not { Length: > 0 } given)
        {
            return 1;
        }

        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) && replicas is >= 1 and <= MostReplicas
            ? replicas
            : throw new UserErrorException($"{Setting} must be a whole number from 1 to {MostReplicas} (it is '{given}').");
    }

    private static int ReadPort(int port) =>
        port is >= 1 and <= 65535 ? port : throw UserErrorException.Usage($"--port must lie between 1 and 65535 (it is {port}).");

    private static string Folder(IConfiguration configuration, string name, string otherwise) =>
        Path.GetFullPath(configuration[$"Parameters:{name}"] is { Length: > 0 } given ? given : otherwise);

    // Debian's rabbitmq-server on the path insists on being root or the user rabbitmq; the script behind it does not.
    private static string DefaultRabbitMqServer()
    {
        const string Unprivileged = "/usr/lib/rabbitmq/bin/rabbitmq-server";
        return File.Exists(Unprivileged) ? Unprivileged : "rabbitmq-server";
    }
}
