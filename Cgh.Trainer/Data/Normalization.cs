using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cgh.Trainer.Data;

/// <summary>Normalizes pixels: <c>(x / 255 - mean) / deviation</c>, with the mean and standard deviation of ImageNet per channel.</summary>
internal static class Normalization
{
    private static readonly float[] s_mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] s_deviation = [0.229f, 0.224f, 0.225f];
    private static readonly float[][] s_values = [.. Enumerable.Range(0, 3).Select(Table)];
    private static readonly Vector256<float>[] s_means = Lanes(s_mean);
    private static readonly Vector256<float>[] s_deviations = Lanes(s_deviation);
    private static readonly Vector256<float>[] s_inverses = Lanes([.. s_deviation.Select(deviation => 1 / deviation)]);
    private static readonly bool s_vectorsAreExact = Vector256.IsHardwareAccelerated && VectorsAreExact();

    /// <summary>Lookup table of normalized values: 256 for red, 256 for green, 256 for blue.</summary>
    public static float[] Values => [.. s_values.SelectMany(channel => channel)];

    // The channels repeat after three registers.
    private static int Period => 3 * Vector256<float>.Count;

    /// <summary>Normalizes interleaved RGB pixels.</summary>
    /// <param name="pixels">The pixels.</param>
    /// <param name="values">Receives one value per pixel channel.</param>
    public static void Apply(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        float[] red = s_values[0], green = s_values[1], blue = s_values[2];
        for (var i = s_vectorsAreExact ? ApplyVectors(pixels, values) : 0; i + 2 < pixels.Length; i += 3)
        {
            values[i] = red[pixels[i]];
            values[i + 1] = green[pixels[i + 1]];
            values[i + 2] = blue[pixels[i + 2]];
        }
    }

    /// <summary>Normalizes a crop of an image.</summary>
    /// <param name="pixels">Pixels of the packed image.</param>
    /// <param name="packedSide">Height and width of the packed image.</param>
    /// <param name="crop">The crop.</param>
    /// <param name="side">Height and width of the crop.</param>
    /// <param name="values">Receives three values per pixel.</param>
    public static void Apply(ReadOnlySpan<byte> pixels, int packedSide, Crop crop, int side, Span<float> values)
    {
        if (side == packedSide && !crop.Flipped)
        {
            Apply(pixels, values);
            return;
        }

        var width = side * 3;
        Span<byte> mirrored = stackalloc byte[crop.Flipped ? width : 0];
        for (var row = 0; row < side; row++)
        {
            var line = crop.Line(pixels, packedSide, side, row);
            if (crop.Flipped)
            {
                MirroredRow.Write(line, mirrored);
            }

            Apply(crop.Flipped ? mirrored : line, values.Slice(row * width, width));
        }
    }

    private static Vector256<float>[] Lanes(float[] channels) =>
    [
        .. Enumerable.Range(0, 3).Select(register =>
            Vector256.Create([.. Enumerable.Range(0, Vector256<float>.Count).Select(lane => channels[((register * Vector256<float>.Count) + lane) % 3])])),
    ];

    // The operations of torchvision's ToTensor and Normalize, each rounded to float32.
    private static float[] Table(int channel) =>
        [.. Enumerable.Range(0, 256).Select(value => ((value / 255f) - s_mean[channel]) / s_deviation[channel])];

    // Tests all 256 values of each channel. If a quotient is not correctly rounded, the tables are used instead.
    private static bool VectorsAreExact()
    {
        var pixels = Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3)).ToArray();
        var values = new float[pixels.Length];
        ApplyVectors(pixels, values);
        return values.Select((value, i) => value == s_values[i % 3][pixels[i]]).All(same => same);
    }

    // Converts whole periods and returns the number of values. Instead of dividing, which is five times slower, it multiplies by the
    // reciprocal and corrects the quotient by its remainder, which a fused multiply-add computes exactly.
    private static int ApplyVectors(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        Vector256<float> mean0 = s_means[0], mean1 = s_means[1], mean2 = s_means[2];
        Vector256<float> deviation0 = s_deviations[0], deviation1 = s_deviations[1], deviation2 = s_deviations[2];
        Vector256<float> inverse0 = s_inverses[0], inverse1 = s_inverses[1], inverse2 = s_inverses[2];
        var count = Math.Min(pixels.Length, values.Length) / Period * Period;
        ref var from = ref MemoryMarshal.GetReference(pixels);
        ref var to = ref MemoryMarshal.GetReference(values);
        for (var i = 0; i < count; i += Period)
        {
            Normalized(ref Unsafe.Add(ref from, i), mean0, deviation0, inverse0).StoreUnsafe(ref Unsafe.Add(ref to, i));
            Normalized(ref Unsafe.Add(ref from, i + 8), mean1, deviation1, inverse1).StoreUnsafe(ref Unsafe.Add(ref to, i + 8));
            Normalized(ref Unsafe.Add(ref from, i + 16), mean2, deviation2, inverse2).StoreUnsafe(ref Unsafe.Add(ref to, i + 16));
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Normalized(ref byte eight, Vector256<float> mean, Vector256<float> deviation, Vector256<float> inverse)
    {
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref eight)).AsByte());
        var (lower, upper) = Vector128.Widen(shorts);
        var value = Vector256.ConvertToSingle(Vector256.Create(lower, upper).AsInt32());
        return Quotient(Quotient(value, Vector256.Create(255f), Vector256.Create(1 / 255f)) - mean, deviation, inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Quotient(Vector256<float> dividend, Vector256<float> divisor, Vector256<float> inverse)
    {
        var quotient = dividend * inverse;
        return Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(-quotient, divisor, dividend), inverse, quotient);
    }
}
