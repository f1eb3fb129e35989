using System.Globalization;
using Cgh.Core;
using Cgh.Core.Files;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost;

/// <summary>The parsed command line.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="Port">Port of the dashboard.</param>
/// <param name="Recipe">Absolute path of the recipe to submit, if any.</param>
/// <param name="Exit">Whether the host ends when the recipe has ended.</param>
/// <param name="ForAspire">Arguments passed on to Aspire, in order.</param>
internal sealed record LaboratoryArguments(DataFolder Data, int Port, string? Recipe, bool Exit, IReadOnlyList<string> ForAspire)
{
    /// <summary>Whether Aspire's tools are publishing the model instead of running it.</summary>
    public bool Publishes => ForAspire.Any(argument => argument is "--publisher" or "--operation");
}

/// <summary>How Redis and RabbitMQ are provided.</summary>
internal enum InfrastructureMode
{
    /// <summary>As containers started by this host.</summary>
    Containers,

    /// <summary>Existing servers, by connection string.</summary>
    Existing,

    /// <summary><c>redis-server</c> and <c>rabbitmq-server</c> installed on this machine, started by this host.</summary>
    Executables,
}

/// <summary>The validated settings from command line and configuration.</summary>
internal sealed record LaboratoryOptions
{
    public const int DefaultPort = 5080;

    /// <summary>A higher number on one machine is taken for a typing error.</summary>
    public const int MaxReplicas = 64;

    public InfrastructureMode Infrastructure { get; init; }

    public int Replicas { get; init; } = 1;

    /// <summary>The GPUs assigned to trainers in turn, as CUDA indices or UUIDs; empty without GPUs.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];

    public required DataFolder Data { get; init; }

    public int Port { get; init; } = DefaultPort;

    public string? Recipe { get; init; }

    public string RedisServer { get; init; } = "redis-server";

    public string RabbitMqServer { get; init; } = "rabbitmq-server";

    /// <exception cref="UserErrorException">A setting is invalid.</exception>
    public static LaboratoryOptions Read(IDistributedApplicationBuilder builder, LaboratoryArguments arguments)
    {
        var configuration = builder.Configuration;
        return new LaboratoryOptions
        {
            Infrastructure = ReadMode(configuration, builder.ExecutionContext.IsPublishMode),
            Replicas = ReadReplicas(configuration),
            Gpus = AppHost.Gpus.Visible(),
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
            throw new UserErrorException($"{Setting} must be Containers or Existing to publish (it is {mode}): programs of this machine are not deployed.");
        }

        // A deployment prompts for the connection strings; a local run needs them now.
        foreach (var (name, example) in publishing ? [] : new[] { ("redis", "localhost:6379"), ("messaging", "amqp://guest:guest@localhost:5672") })
        {
            if (mode == InfrastructureMode.Existing && string.IsNullOrWhiteSpace(configuration.GetConnectionString(name)))
            {
                throw new UserErrorException(
                    $"ConnectionStrings:{name} must be set when {Setting} is {mode}, for example ConnectionStrings__{name}={example} in the environment.");
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

        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) && replicas is >= 1 and <= MaxReplicas
            ? replicas
            : throw new UserErrorException($"{Setting} must be an integer from 1 to {MaxReplicas} (it is '{given}').");
    }

    private static int ReadPort(int port) =>
        port is >= 1 and <= 65535 ? port : throw UserErrorException.Usage($"--port must be between 1 and 65535 (it is {port}).");

    private static string Folder(IConfiguration configuration, string name, string fallback) =>
        Path.GetFullPath(configuration[$"Parameters:{name}"] is { Length: > 0 } given ? given : fallback);

    // Debian's rabbitmq-server on the PATH requires root or the rabbitmq user; the script it wraps does not.
    private static string DefaultRabbitMqServer()
    {
        const string Unprivileged = "/usr/lib/rabbitmq/bin/rabbitmq-server";
        return File.Exists(Unprivileged) ? Unprivileged : "rabbitmq-server";
    }
}
