using Cgh.Core.Experiments;

namespace Cgh.Core.Store;

/// <summary>Live state of an experiment.</summary>
public sealed record ExperimentState
{
    public required string Id { get; init; }

    public required Recipe Recipe { get; init; }

    public required DateTimeOffset Created { get; init; }

    public ExperimentStatus Status { get; init; } = ExperimentStatus.Preparing;

    /// <summary>When its dataset was last asked for.</summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>One line when it failed.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? Ended { get; init; }
}
