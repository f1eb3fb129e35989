namespace Cgh.Core.Experiments;

/// <summary>Training throughput on one kind of device, for planning.</summary>
public sealed record StatedRate
{
    /// <summary>Kind of device and numeric precision.</summary>
    public string Device { get; init; } = "";

    /// <summary>Training images per second.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Whether the figure was measured with this program on such a device.</summary>
    public bool Measured { get; init; }

    /// <summary>Where the figure comes from.</summary>
    public string Source { get; init; } = "";
}
