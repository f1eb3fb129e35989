using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cgh.Trainer.Data;

/// <summary>Mirrors a row of pixels.</summary>
internal static class MirroredRow
{
    // Five pixels fill a register except for one byte, which is written before them and overwritten by the next five.
    private const int Step = 15;

    private static readonly Vector128<byte> s_mirrored = Vector128.Create((byte)15, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2);

    /// <summary>Writes interleaved RGB pixels in reverse order.</summary>
    public static void Write(ReadOnlySpan<byte> row, Span<byte> mirrored)
    {
        var from = 0;
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var target = ref MemoryMarshal.GetReference(mirrored[..row.Length]);
        for (; from + Vector128<byte>.Count <= row.Length; from += Step)
        {
            var pixels = Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)from), s_mirrored);
            pixels.StoreUnsafe(ref target, (nuint)(row.Length - from - Vector128<byte>.Count));
        }

        for (; from < row.Length; from += 3)
        {
            row.Slice(from, 3).CopyTo(mirrored[(row.Length - from - 3)..]);
        }
    }
}
