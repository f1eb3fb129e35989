using System.Runtime.Intrinsics;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Bits of the registers that a kernel computes in. All widths give the same bits of result.</summary>
internal enum KernelWidth
{
    Scalar = 32,
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

internal static class KernelWidths
{
    /// <summary>Those that this processor has, narrowest first.</summary>
    public static IReadOnlyList<KernelWidth> Present { get; } =
    [
        KernelWidth.Scalar,
        .. Vector128.IsHardwareAccelerated ? [KernelWidth.Bits128] : Array.Empty<KernelWidth>(),
        .. Vector256.IsHardwareAccelerated ? [KernelWidth.Bits256] : Array.Empty<KernelWidth>(),
        .. Vector512.IsHardwareAccelerated ? [KernelWidth.Bits512] : Array.Empty<KernelWidth>(),
    ];

    public static KernelWidth Widest => Present[^1];
}
