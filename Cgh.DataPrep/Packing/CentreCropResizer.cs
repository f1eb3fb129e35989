using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Resizes the short side and crops the centre as torchvision does on Pillow images, byte for byte: horizontal pass, then
/// vertical, rounded to 8 bits in between. Keeps its buffer from image to image, so it is for one thread.
/// </summary>
internal sealed unsafe class CentreCropResizer(int side)
{
    private const int Half = 1 << (ResampleWeights.FractionBits - 1);

    private byte[] _middle = [];

    /// <param name="pixels">Of the image, at least those that the crop takes.</param>
    /// <param name="crop">Of side x side pixels.</param>
    /// <param name="rgb">Receives side x side x 3 bytes.</param>
    public void Resize(DecodedPixels pixels, ImageCrop crop, Span<byte> rgb)
    {
        var (columns, rows) = (crop.Columns, crop.Rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns.FirstInput, pixels.FirstColumn);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns.FirstInput + columns.InputCount, pixels.FirstColumn + pixels.Columns);
        ArgumentOutOfRangeException.ThrowIfLessThan((long)pixels.Rgba.Length, (rows.FirstInput + rows.InputCount) * (pixels.Columns * 4L));
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, side * side * 3);

        // The vertical pass reads 16 bytes at a time.
        var (across, down) = (crop.Horizontal, crop.Vertical);
        var stride = ((across.Count * 4) + 15) & ~15;
        var needed = checked(stride * (rows.InputCount + 1));
        if (_middle.Length < needed)
        {
            _middle = new byte[needed];
        }

        if (across.Count < side || down.Count < side)
        {
            rgb.Clear();
        }

        fixed (byte* source = pixels.Rgba, middle = _middle)
        {
            for (var row = 0; row < rows.InputCount; row++)
            {
                var from = (uint*)source + ((long)(rows.FirstInput + row) * pixels.Columns);
                HorizontalPass(from - pixels.FirstColumn, columns, (uint*)(middle + ((long)row * stride)));
            }

            var line = middle + ((long)rows.InputCount * stride);
            for (var row = 0; row < down.Count; row++)
            {
                VerticalPass(middle, stride, rows, row, line);
                var target = rgb.Slice((((down.Padding + row) * side) + across.Padding) * 3, across.Count * 3);
                DropAlpha(line, target);
            }
        }
    }

    private static void HorizontalPass(uint* source, ResampleWeights weights, uint* target)
    {
        for (var column = 0; column < weights.Starts.Length; column++)
        {
            var sum = Vector128.Create(Half);
            var from = source + weights.Starts[column];
            ref var weight = ref weights.Values[column * weights.Stride];
            for (var tap = 0; tap < weights.Taps[column]; tap++)
            {
                var pixel = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(from[tap]).AsByte())).AsInt32();
                sum += pixel * Vector128.Create(Unsafe.Add(ref weight, tap));
            }

            target[column] = Vector128.Narrow(Vector128.Narrow(Descale(sum), default), default).AsUInt32().ToScalar();
        }
    }

    private static void VerticalPass(byte* middle, int stride, ResampleWeights weights, int row, byte* target)
    {
        var from = middle + ((long)(weights.Starts[row] - weights.FirstInput) * stride);
        ref var weight = ref weights.Values[row * weights.Stride];
        for (var x = 0; x < stride; x += Vector128<byte>.Count)
        {
            Vector128<int> a = Vector128.Create(Half), b = a, c = a, d = a;
            for (var tap = 0; tap < weights.Taps[row]; tap++)
            {
                var factor = Vector128.Create(Unsafe.Add(ref weight, tap));
                var (low, high) = Vector128.Widen(Vector128.Load(from + ((long)tap * stride) + x));
                var (first, second) = Vector128.Widen(low);
                var (third, fourth) = Vector128.Widen(high);
                a += first.AsInt32() * factor;
                b += second.AsInt32() * factor;
                c += third.AsInt32() * factor;
                d += fourth.AsInt32() * factor;
            }

            Vector128.Narrow(Vector128.Narrow(Descale(a), Descale(b)), Vector128.Narrow(Descale(c), Descale(d))).Store(target + x);
        }
    }

    // Rounded weights may add up to a little more than one, hence the minimum.
    private static Vector128<uint> Descale(Vector128<int> sum) =>
        Vector128.Min(sum >>> ResampleWeights.FractionBits, Vector128.Create((int)byte.MaxValue)).AsUInt32();

    private static void DropAlpha(byte* line, Span<byte> rgb)
    {
        ref var target = ref MemoryMarshal.GetReference(rgb);
        for (int i = 0, at = 0; i < rgb.Length; i += 3, at += 4)
        {
            Unsafe.Add(ref target, i) = line[at];
            Unsafe.Add(ref target, i + 1) = line[at + 1];
            Unsafe.Add(ref target, i + 2) = line[at + 2];
        }
    }
}
