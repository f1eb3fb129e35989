using System.Globalization;
using Cgh.AppHost.Infrastructure;
using Cgh.Core;
using Cgh.Core.Files;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost;

/// <summary>The validated settings from command line and configuration.</summary>
internal sealed record LaboratoryOptions
{
    public const int DefaultPort = 5080;

    /// <summary>A higher number on one machine is taken for a typing error.</summary>
    public const int MaxReplicas = 64;

    public required InfrastructureMode Infrastructure { get; init; }

    public int Replicas { get; init; } = 1;

    /// <summary>The GPUs assigned to trainers in turn, as CUDA indices or UUIDs; empty without GPUs.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];

    public required DataFolder Data { get; init; }

    /// <summary>Port of the laboratory's pages.</summary>
    public int Port { get; init; } = DefaultPort;

    public ServerExecutables Executables { get; init; } = new();

    public LaboratoryAccess Access { get; init; } = LaboratoryAccess.New();

    /// <exception cref="UserErrorException">A setting is invalid.</exception>
    public static LaboratoryOptions Read(IDistributedApplicationBuilder builder, LaboratoryArguments arguments, InfrastructureMode infrastructure)
    {
        var configuration = builder.Configuration;
        return new LaboratoryOptions
        {
            Infrastructure = infrastructure,
            Replicas = ReadReplicas(configuration, infrastructure),
            Gpus = AppHost.Gpus.Visible(),
            Data = new DataFolder(arguments.Data.Root)
            {
                Datasets = Folder(configuration, "datasets", arguments.Data.Datasets),
                Experiments = Folder(configuration, "experiments", arguments.Data.Experiments),
            },
            Port = ReadPort(arguments.Port),
            Executables = ServerExecutables.Read(configuration),
        };
    }

    private static int ReadReplicas(IConfiguration configuration, InfrastructureMode infrastructure)
    {
        const string Setting = "Trainers:Replicas";
        if (configuration[Setting] is not { Length: > 0 } given)
        {
            return 1;
        }

        if (!int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var replicas) || replicas is < 1 or > MaxReplicas)
        {
            throw new UserErrorException($"{Setting} must be an integer from 1 to {MaxReplicas} (it is '{given}').");
        }

        return replicas == 1 || infrastructure != InfrastructureMode.Embedded
            ? replicas
            : throw new UserErrorException(
                $"{Setting} must be 1 in {infrastructure} mode (it is {replicas}): one process has one trainer, whose Trainer:ConcurrentRuns "
                    + $"says how many runs it trains at once. Several trainers need a container runtime, or another {InfrastructureChoice.Setting}.");
    }

    private static int ReadPort(int port) =>
        port is >= 1 and <= 65535 ? port : throw UserErrorException.Usage($"--port must be between 1 and 65535 (it is {port}).");

    private static string Folder(IConfiguration configuration, string name, string fallback) =>
        Path.GetFullPath(configuration[$"Parameters:{name}"] is { Length: > 0 } given ? given : fallback);
}
