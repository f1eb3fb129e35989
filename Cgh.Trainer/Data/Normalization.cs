namespace Cgh.Trainer.Data;

/// <summary>Pixels as the models want them: <c>(x / 255 - mean) / deviation</c> with ImageNet's figures for each channel.</summary>
internal static class Normalization
{
    private static readonly float[] s_mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] s_deviation = [0.229f, 0.224f, 0.225f];
    private static readonly float[][] s_values = [.. Enumerable.Range(0, 3).Select(Table)];

    /// <summary>Normalises interleaved RGB pixels.</summary>
    /// <param name="pixels">Red, green, blue, red...</param>
    /// <param name="values">As many values.</param>
    public static void Apply(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        float[] red = s_values[0], green = s_values[1], blue = s_values[2];
        for (var i = 0; i + 2 < pixels.Length; i += 3)
        {
            values[i] = red[pixels[i]];
            values[i + 1] = green[pixels[i + 1]];
            values[i + 2] = blue[pixels[i + 2]];
        }
    }

    // In the order of torchvision's ToTensor and Normalize, each operation rounded to float32.
    private static float[] Table(int channel) =>
        [.. Enumerable.Range(0, 256).Select(value => ((value / 255f) - s_mean[channel]) / s_deviation[channel])];
}
