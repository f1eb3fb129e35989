namespace Cgh.Images;

/// <summary>
/// The weights of Pillow's antialiased bilinear filter along one axis (Resample.c, <c>precompute_coeffs</c> and
/// <c>normalize_coeffs_8bpc</c>), computed only for the output pixels inside the crop.
/// </summary>
internal sealed class ResampleWeights
{
    /// <summary>Fraction bits of the fixed-point weights: 32, less 8 for the pixel and 2 for the sum.</summary>
    public const int FractionBits = 32 - 8 - 2;

    /// <summary>Channels of a decoded pixel, of which the fourth is ignored.</summary>
    public const int Channels = 4;

    private ResampleWeights(int count, int stride)
    {
        Starts = new int[count];
        Taps = new int[count];
        Values = new int[count * stride];
        PerChannel = new int[Values.Length * Channels];
        Stride = stride;
    }

    /// <summary>First input pixel of each output pixel.</summary>
    public int[] Starts { get; }

    /// <summary>Number of input pixels of each output pixel.</summary>
    public int[] Taps { get; }

    /// <summary>Weights; those of output pixel i start at i x <see cref="Stride"/>.</summary>
    public int[] Values { get; }

    /// <summary><see cref="Values"/>, each repeated for every channel, so that a vector multiplies whole pixels.</summary>
    public int[] PerChannel { get; }

    /// <summary>Maximum number of weights per output pixel.</summary>
    public int Stride { get; }

    /// <summary>First input pixel of all output pixels.</summary>
    public int FirstInput => Starts[0];

    /// <summary>Number of input pixels, starting at <see cref="FirstInput"/>.</summary>
    public int InputCount => Starts[^1] + Taps[^1] - Starts[0];

    public static ResampleWeights For(CropAxis axis)
    {
        var scale = (double)axis.Length / axis.Resized;
        var filterScale = Math.Max(scale, 1.0);
        var support = filterScale;
        var weights = new ResampleWeights(axis.Count, ((int)Math.Ceiling(support) * 2) + 1);
        var values = new double[weights.Stride];
        for (var i = 0; i < axis.Count; i++)
        {
            var centre = (axis.First + i + 0.5) * scale;
            var start = Math.Max((int)(centre - support + 0.5), 0);
            var taps = Math.Min((int)(centre + support + 0.5), axis.Length) - start;
            var sum = 0.0;
            for (var tap = 0; tap < taps; tap++)
            {
                values[tap] = Triangle((tap + start - centre + 0.5) * (1.0 / filterScale));
                sum += values[tap];
            }

            weights.Starts[i] = start;
            weights.Taps[i] = taps;
            for (var tap = 0; tap < taps; tap++)
            {
                var share = sum == 0 ? values[tap] : values[tap] / sum;
                var at = (i * weights.Stride) + tap;
                weights.Values[at] = (int)(0.5 + (share * (1 << FractionBits)));
                weights.PerChannel.AsSpan(at * Channels, Channels).Fill(weights.Values[at]);
            }
        }

        return weights;
    }

    private static double Triangle(double x) => Math.Abs(x) is var distance && distance < 1 ? 1 - distance : 0;
}
