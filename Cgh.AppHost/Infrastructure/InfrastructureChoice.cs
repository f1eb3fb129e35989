using Cgh.Core;
using Cgh.ServiceDefaults;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost.Infrastructure;

/// <summary>The mode and why it was chosen.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Reason">Why, for the user.</param>
/// <param name="Runtime">The container runtime to use; null if there are no containers.</param>
internal sealed record InfrastructureChoice(InfrastructureMode Mode, string Reason, string? Runtime = null)
{
    public const string Setting = "Infrastructure:Mode";

    private static readonly (string Name, string Example)[] s_connections =
    [
        (ServiceDefaultsExtensions.RedisConnection, ServerAddresses.StoreExample),
        (ServiceDefaultsExtensions.MessagingConnection, ServerAddresses.BrokerExample),
    ];

    /// <summary>
    /// Chooses: the mode in the settings, else existing servers if connection strings are given, else containers if a container runtime answers,
    /// else embedded.
    /// </summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="publishing">Whether the model is published instead of run.</param>
    /// <param name="path">The folders with programs, as in the environment variable PATH.</param>
    /// <param name="cancellationToken">Stops asking container runtimes.</param>
    /// <exception cref="UserErrorException">The mode in the settings is unknown or impossible.</exception>
    public static async Task<InfrastructureChoice> MakeAsync(
        IConfiguration configuration, bool publishing, string? path, CancellationToken cancellationToken)
    {
        var mode = Read(configuration);
        if (publishing)
        {
            return ToPublish(mode ?? InfrastructureMode.Containers);
        }

        var given = s_connections.Where(connection => IsGiven(configuration, connection.Name)).ToList();
        switch (mode)
        {
            case InfrastructureMode.Containers:
                var asked = await AskRuntimesAsync(configuration, path, cancellationToken);
                return Containers(asked) ?? throw NoRuntime(asked);
            case InfrastructureMode.Existing:
                RequireConnections(configuration, $"must be set when {Setting} is {mode}");
                break;
            case InfrastructureMode.Executables:
                RequirePrograms(configuration, path);
                break;
        }

        if (mode is { } forced)
        {
            return new InfrastructureChoice(forced, $"set by {Setting}");
        }

        if (given.Count > 0)
        {
            RequireConnections(configuration, $"must be set too, because ConnectionStrings:{given[0].Name} is");
            return new InfrastructureChoice(InfrastructureMode.Existing, "connection strings are set");
        }

        var runtimes = await AskRuntimesAsync(configuration, path, cancellationToken);
        return Containers(runtimes)
            ?? new InfrastructureChoice(InfrastructureMode.Embedded, string.Join(", ", runtimes.Select(runtime => runtime.Failure)));
    }

    public override string ToString() => $"{Mode} ({Reason})";

    private static InfrastructureMode? Read(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } given)
        {
            return null;
        }

        return Enum.TryParse<InfrastructureMode>(given, ignoreCase: true, out var mode) && Enum.IsDefined(mode) && !char.IsAsciiDigit(given[0])
            ? mode
            : throw new UserErrorException($"{Setting} must be Embedded, Containers, Existing or Executables (it is '{given}').");
    }

    private static InfrastructureChoice ToPublish(InfrastructureMode mode) => mode switch
    {
        InfrastructureMode.Executables =>
            throw new UserErrorException($"{Setting} must be Containers or Existing to publish (it is {mode}): programs of this machine are not deployed."),
        InfrastructureMode.Embedded =>
            throw new UserErrorException($"{Setting} must be Containers or Existing to publish (it is {mode}): a deployment has one process per service."),
        // A deployment asks for the connection strings.
        _ => new InfrastructureChoice(mode, "to publish"),
    };

    private static bool IsGiven(IConfiguration configuration, string connection) => !string.IsNullOrWhiteSpace(configuration.GetConnectionString(connection));

    private static void RequireConnections(IConfiguration configuration, string reason)
    {
        foreach (var (name, example) in s_connections.Where(connection => !IsGiven(configuration, connection.Name)))
        {
            throw new UserErrorException($"ConnectionStrings:{name} {reason}, for example {ServerAddresses.Variable(name)}={example} in the environment.");
        }
    }

    private static void RequirePrograms(IConfiguration configuration, string? path)
    {
        var servers = ServerExecutables.Read(configuration);
        Require(servers.Redis, "redis-server", $" or set {ServerExecutables.RedisSetting}");
        Require(servers.RabbitMq, "rabbitmq-server", $" or set {ServerExecutables.RabbitMqSetting}");
        Require("epmd", "erlang-base", "");

        void Require(string program, string package, string otherwise)
        {
            if (Programs.Find(program, path) is null)
            {
                throw new UserErrorException(
                    $"{Setting} is {InfrastructureMode.Executables}, but there is no program {program}. "
                        + $"Install it (Debian, Ubuntu: apt-get install {package}){otherwise}.");
            }
        }
    }

    private static Task<IReadOnlyList<ContainerRuntime>> AskRuntimesAsync(IConfiguration configuration, string? path, CancellationToken cancellationToken)
    {
        // Aspire's own settings of the runtime.
        string[] settings = ["DcpPublisher:ContainerRuntime", "ASPIRE_CONTAINER_RUNTIME", "DOTNET_ASPIRE_CONTAINER_RUNTIME"];
        var only = settings.Select(setting => configuration[setting]).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
        return ContainerRuntime.AskAsync(only, path, ContainerRuntime.DefaultTimeout, cancellationToken);
    }

    private static InfrastructureChoice? Containers(IReadOnlyList<ContainerRuntime> asked) =>
        asked.FirstOrDefault(runtime => runtime.Answers) is { } runtime
            ? new InfrastructureChoice(InfrastructureMode.Containers, $"{runtime.Name} {runtime.Version} answers", runtime.Name)
            : null;

    private static UserErrorException NoRuntime(IReadOnlyList<ContainerRuntime> asked)
    {
        var reasons = asked.Select(runtime => runtime.Details is { } details ? $"{runtime.Failure} ({details.TrimEnd('.')})" : runtime.Failure);
        return new UserErrorException(
            $"{Setting} is {InfrastructureMode.Containers}, but no container runtime answers: {string.Join(", ", reasons)}. "
                + "Start Docker or Podman, or choose another mode.");
    }
}
