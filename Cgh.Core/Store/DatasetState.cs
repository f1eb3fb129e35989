using Cgh.Core.Messages;

namespace Cgh.Core.Store;

/// <summary>Live state of the making of a dataset.</summary>
public sealed record DatasetState(string Name, string Stage, int Done, int Total, bool Ready, string? Error)
{
    /// <summary>Images per second over the last half minute; null while nothing is known.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Seconds until <see cref="Done"/> reaches <see cref="Total"/> at this rate; null while nothing is known.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>It was paused. Finished shards are kept; requesting it again resumes it.</summary>
    public bool Paused { get; init; }

    /// <summary>The command that it is made for; sent again, it resumes.</summary>
    public PrepareDataset? Request { get; init; }

    /// <summary>Whether it waits or is made.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsActive => !Ready && !Paused && Error is null;
}
