using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cgh.Images;

/// <summary>
/// Resizes the shorter side and crops the centre exactly as torchvision does on Pillow images: a horizontal pass, rounding to
/// 8 bits, then a vertical pass. Reuses its buffer, so it is not thread-safe.
/// </summary>
internal sealed unsafe class CentreCropResizer(int side)
{
    private const int Half = 1 << (ResampleWeights.FractionBits - 1);

    // Rows of very large images are not worth keeping.
    private const int KeptBytes = 4 << 20;

    private byte[] _middle = [];

    /// <param name="pixels">Decoded pixels, at least those that the crop reads.</param>
    /// <param name="crop">A crop of side x side pixels.</param>
    /// <param name="rgb">Receives side x side x 3 bytes.</param>
    public void Resize(DecodedPixels pixels, ImageCrop crop, Span<byte> rgb)
    {
        var (columns, rows) = (crop.Columns, crop.Rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns.FirstInput, pixels.FirstColumn);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns.FirstInput + columns.InputCount, pixels.FirstColumn + pixels.Columns);
        ArgumentOutOfRangeException.ThrowIfLessThan((long)pixels.Rgba.Length, (rows.FirstInput + rows.InputCount) * (pixels.Columns * 4L));
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, side * side * 3);

        // Rows are padded to 16 bytes, which the vertical pass reads at a time.
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

        if (_middle.Length > KeptBytes)
        {
            _middle = [];
        }
    }

    // Two taps at a time: their pixels are adjacent, and so are their weights.
    private static void HorizontalPass(uint* source, ResampleWeights weights, uint* target)
    {
        for (var column = 0; column < weights.Starts.Length; column++)
        {
            var pairs = Vector256<int>.Zero;
            var from = (byte*)(source + weights.Starts[column]);
            ref var weight = ref weights.PerChannel[column * weights.Stride * ResampleWeights.Channels];
            var length = weights.Taps[column] * ResampleWeights.Channels;
            var at = 0;
            for (; at <= length - Vector256<int>.Count; at += Vector256<int>.Count)
            {
                pairs += Widen8(from + at) * Vector256.LoadUnsafe(ref weight, (nuint)at);
            }

            var sum = Vector128.Create(Half) + pairs.GetLower() + pairs.GetUpper();
            if (at < length)
            {
                sum += Widen4(from + at) * Vector128.LoadUnsafe(ref weight, (nuint)at);
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
            Vector256<int> first = Vector256.Create(Half), second = first;
            for (var tap = 0; tap < weights.Taps[row]; tap++)
            {
                var factor = Vector256.Create(Unsafe.Add(ref weight, tap));
                var line = from + ((long)tap * stride) + x;
                first += Widen8(line) * factor;
                second += Widen8(line + Vector256<int>.Count) * factor;
            }

            Vector128.Narrow(
                Vector128.Narrow(Descale(first.GetLower()), Descale(first.GetUpper())),
                Vector128.Narrow(Descale(second.GetLower()), Descale(second.GetUpper()))).Store(target + x);
        }
    }

    private static Vector128<int> Widen4(byte* values) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)values).AsByte())).AsInt32();

    private static Vector256<int> Widen8(byte* values) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(values) : Vector256.Create(Widen4(values), Widen4(values + sizeof(uint)));

    // Rounded weights can sum to slightly more than 1, hence the minimum.
    private static Vector128<uint> Descale(Vector128<int> sum) =>
        Vector128.Min(sum >>> ResampleWeights.FractionBits, Vector128.Create((int)byte.MaxValue)).AsUInt32();

    private static void DropAlpha(byte* line, Span<byte> rgb)
    {
        var threeOfFour = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 14, 14, 14, 14);
        ref var target = ref MemoryMarshal.GetReference(rgb);
        int i = 0, at = 0;

        // Stores 16 bytes, of which 12 are valid; the next iteration overwrites the rest.
        for (; i <= rgb.Length - Vector128<byte>.Count; i += 12, at += 16)
        {
            Vector128.Shuffle(Vector128.Load(line + at), threeOfFour).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < rgb.Length; i += 3, at += 4)
        {
            Unsafe.Add(ref target, i) = line[at];
            Unsafe.Add(ref target, i + 1) = line[at + 1];
            Unsafe.Add(ref target, i + 2) = line[at + 2];
        }
    }
}
