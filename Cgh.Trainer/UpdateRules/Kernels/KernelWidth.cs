using System.Runtime.Intrinsics;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Register width of a kernel in bits. All widths give bit-identical results.</summary>
internal enum KernelWidth
{
    Scalar = 32,
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

internal static class KernelWidths
{
    /// <summary>Widths of this processor, in ascending order.</summary>
    public static IReadOnlyList<KernelWidth> Present { get; } =
    [
        KernelWidth.Scalar,
        .. Vector128.IsHardwareAccelerated ? [KernelWidth.Bits128] : Array.Empty<KernelWidth>(),
        .. Vector256.IsHardwareAccelerated ? [KernelWidth.Bits256] : Array.Empty<KernelWidth>(),
        .. Vector512.IsHardwareAccelerated ? [KernelWidth.Bits512] : Array.Empty<KernelWidth>(),
    ];

    public static KernelWidth Widest => Present[^1];
}
