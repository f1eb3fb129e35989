using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>A storage: a part of the file with the elements of tensors.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Key">Name of the storage.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record PickleStorage(ScalarType Type, string Key, long Count)
{
    /// <summary>Size in bytes; not a long, so that nothing overflows before it is checked.</summary>
    public Int128 Bytes => (Int128)Count * Type.Bytes();
}

/// <summary>Some elements of a storage that follow each other. PyTorch wrote others than all of them before version 0.4.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="First">Index of the first element.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record PickleView(PickleStorage Storage, long First, long Count);

/// <summary>A tensor described in a pickle, checked to lie within its storage.</summary>
/// <param name="Storage">Storage of the elements.</param>
/// <param name="Offset">Index of the first element in the storage.</param>
/// <param name="Shape">Size of each dimension.</param>
/// <param name="Strides">Stride of each dimension, in elements.</param>
/// <param name="Elements">Number of elements.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides, long Elements)
{
    /// <summary>Whether the tensor is contiguous and covers its whole storage.</summary>
    public bool IsWhole()
    {
        var expected = 1L;
        for (var side = Shape.Length - 1; side >= 0; side--)
        {
            if (Shape[side] != 1 && Strides[side] != expected)
            {
                return false;
            }

            expected *= Shape[side];
        }

        return Offset == 0 && Elements == Storage.Count;
    }
}
