using System.Text.Json.Serialization;

namespace Cgh.Core.LabelQuality;

/// <summary>A figure and the interval that holds it with a probability of 95%.</summary>
public sealed record Estimate(double Value, double Low, double High);

/// <summary>Where a report draws the line between suspects and the rest, and what is known about it.</summary>
public sealed record LabelCut
{
    /// <summary>Smallest score of a suspect.</summary>
    public required double Threshold { get; init; }

    /// <summary>Number of suspects.</summary>
    public required int Suspects { get; init; }

    /// <summary>How the threshold was found, and why there are no estimates if there are none; a sentence or two.</summary>
    public required string Reason { get; init; }

    /// <summary>Estimated share of wrong labels; null if it cannot be estimated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Estimate? NoiseRate { get; init; }

    /// <summary>Estimated share of the suspects whose label is wrong; null if it cannot be estimated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Estimate? Precision { get; init; }

    /// <summary>Estimated share of the wrong labels that are suspects; null if it cannot be estimated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Estimate? Recall { get; init; }
}
