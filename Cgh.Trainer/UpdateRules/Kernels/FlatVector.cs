using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>Accesses the memory of a float32 vector on the CPU.</summary>
/// <remarks>A pointer is valid during the lifetime of its tensor. Unlike TorchSharp's spans, it is not limited to 2 GB.</remarks>
internal static unsafe class FlatVector
{
    /// <summary>Whether the kernels support a tensor.</summary>
    public static bool IsOne(Tensor tensor) =>
        tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype == ScalarType.Float32 && tensor.dim() == 1 && tensor.is_contiguous();

    /// <summary>Returns a pointer to the first value.</summary>
    public static float* Pointer(Tensor tensor)
    {
        Debug.Assert(IsOne(tensor), "Not a float32 vector on the CPU.");
        using var first = tensor.narrow(0, 0, 1);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
