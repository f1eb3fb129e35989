using System.Text.Json.Serialization;
using Cgh.Core.Experiments;

namespace Cgh.DataPrep.Demo;

/// <summary>
/// The appearance of demo images, which determines how hard they are to learn. The values are calibrated so that 50% label noise has the
/// effect that the demo recipe describes. They are saved with the images, so that images generated with other values are detected.
/// Lengths are fractions of the image's side; brightness is between 0 and 1.
/// </summary>
internal sealed record DemoLook
{
    /// <summary>Number of colour waves in a class's pattern. With fewer waves, classes look more alike.</summary>
    public int Waves { get; init; } = 4;

    /// <summary>Minimum frequency of a wave in cycles per image, drawn uniformly up to <see cref="HighestFrequency"/>.</summary>
    public double LowestFrequency { get; init; } = 0.5;

    /// <summary>Maximum frequency of a wave in cycles per image.</summary>
    public double HighestFrequency { get; init; } = 2.0;

    /// <summary>Standard deviation of a pattern's brightness around mid-grey.</summary>
    public double Contrast { get; init; } = 0.2;

    /// <summary>Maximum shift of the pattern in an image, along each axis and in either direction.</summary>
    public double Shift { get; init; } = 0.12;

    /// <summary>Share of images that show their pattern mirrored.</summary>
    public double Flipped { get; init; } = 0.5;

    /// <summary>Maximum relative difference between the contrast of an image and that of its pattern.</summary>
    public double ContrastSpread { get; init; } = 0.3;

    /// <summary>Maximum change in brightness of the whole image.</summary>
    public double Brightness { get; init; } = 0.1;

    /// <summary>Maximum change in brightness of each colour channel.</summary>
    public double Tint { get; init; } = 0.06;

    /// <summary>Standard deviation of the pixel noise of the easiest image.</summary>
    [JsonPropertyName("leastNoise")]
    public double MinNoise { get; init; } = 0.10;

    /// <summary>Standard deviation of the pixel noise of the hardest image.</summary>
    [JsonPropertyName("mostNoise")]
    public double MaxNoise { get; init; } = 0.26;

    /// <summary>Height and width of the patch that occludes part of the hardest image. The easiest has none.</summary>
    public double Occlusion { get; init; } = 0.5;

    /// <summary>The difficulty of an image is a uniform number between 0 and 1, raised to this power. Above 1, most images are easy.</summary>
    public double HardnessPower { get; init; } = 1.5;

    /// <summary>Returns the appearance of the images that a recipe or a command requests.</summary>
    public static DemoLook Of(DemoImages images) => images.Noise is { } noise ? new DemoLook { MaxNoise = noise } : new DemoLook();
}
