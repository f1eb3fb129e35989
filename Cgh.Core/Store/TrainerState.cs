using Cgh.Core.Runs;

namespace Cgh.Core.Store;

/// <summary>A trainer service, as it describes itself every few seconds.</summary>
public sealed record TrainerState
{
    /// <summary>Unique, even if a process id is used again.</summary>
    public required string Id { get; init; }

    /// <summary>Name of its machine.</summary>
    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Version of the program, without the commit.</summary>
    public required string Version { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Runs that it can train at the same time.</summary>
    public required int Slots { get; init; }

    /// <summary>The runs that it holds: in training, or waiting for their next attempt.</summary>
    public IReadOnlyList<RunId> Runs { get; init; } = [];

    /// <summary>Processor cores that it may use.</summary>
    public required int Processors { get; init; }

    /// <summary>Memory in bytes that it may use.</summary>
    public required long AvailableMemory { get; init; }

    /// <summary>Memory in bytes that the service and its attempts have in use: the sum of their resident sets.</summary>
    public required long UsedMemory { get; init; }

    /// <summary>Models of the machine's NVIDIA GPUs, as its driver names them; empty on other systems than Linux.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];
}
