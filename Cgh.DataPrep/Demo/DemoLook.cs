using System.Text.Json.Serialization;

namespace Cgh.DataPrep.Demo;

/// <summary>
/// How the demonstration images look, which is what sets their difficulty. The values are calibrated so that 50% label
/// noise shows what the demo recipe promises; they are kept with the images, so images of another look are told apart.
/// Lengths are shares of the image's side, brightness runs from 0 to 1.
/// </summary>
internal sealed record DemoLook
{
    /// <summary>Colour waves that make up a class's pattern; fewer make classes look alike.</summary>
    public int Waves { get; init; } = 4;

    /// <summary>Cycles of a wave across the image, drawn evenly from this to <see cref="HighestFrequency"/>.</summary>
    public double LowestFrequency { get; init; } = 0.5;

    public double HighestFrequency { get; init; } = 2.0;

    /// <summary>Standard deviation of a pattern's brightness around mid-grey.</summary>
    public double Contrast { get; init; } = 0.2;

    /// <summary>The most that an image moves its pattern, along each axis and either way.</summary>
    public double Shift { get; init; } = 0.12;

    /// <summary>Share of the images that show their pattern mirrored.</summary>
    public double Flipped { get; init; } = 0.5;

    /// <summary>The most that an image's contrast differs from its pattern's, as a share of it.</summary>
    public double ContrastSpread { get; init; } = 0.3;

    /// <summary>The most that the whole image is brighter or darker.</summary>
    public double Brightness { get; init; } = 0.1;

    /// <summary>The most that each colour channel is brighter or darker.</summary>
    public double Tint { get; init; } = 0.06;

    /// <summary>Standard deviation of the pixel noise of the easiest image.</summary>
    [JsonPropertyName("leastNoise")]
    public double MinNoise { get; init; } = 0.10;

    /// <summary>The same of the hardest image.</summary>
    [JsonPropertyName("mostNoise")]
    public double MaxNoise { get; init; } = 0.26;

    /// <summary>Height and width of the patch that covers part of the hardest image; the easiest has none.</summary>
    public double Occlusion { get; init; } = 0.5;

    /// <summary>An image's hardness is a number drawn evenly from 0 to 1, raised to this power: above 1, easy images prevail.</summary>
    public double HardnessPower { get; init; } = 1.5;
}
