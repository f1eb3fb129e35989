using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>The memory of a tensor that is one float32 vector on the CPU.</summary>
/// <remarks>Valid while the tensor is. Torch's own spans end at 2 GB; a pointer to the first value does not.</remarks>
internal static unsafe class FlatVector
{
    /// <summary>Whether the kernels can work on it.</summary>
    public static bool IsOne(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype == ScalarType.Float32 && tensor.dim() == 1 && tensor.is_contiguous();

    public static float* Pointer(Tensor tensor)
    {
        Debug.Assert(IsOne(tensor), "Not a float32 vector on the CPU.");
        using var first = tensor.narrow(0, 0, 1);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
