using System.Diagnostics;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

internal static class ScalarTypes
{
    /// <summary>Size of one element in bytes, for the types that files may contain.</summary>
    public static int Bytes(this ScalarType type) => type switch
    {
        ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 => 1,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float64 or ScalarType.Int64 => 8,
        _ => throw new UnreachableException($"Files cannot contain {type}."),
    };
}
