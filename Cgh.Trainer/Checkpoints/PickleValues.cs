using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>A Python class or function that a pickle names; never looked up, never called.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Numbers that a pickle names and that lie elsewhere in the file.</summary>
/// <param name="Type">Of one number.</param>
/// <param name="Key">Name of the file's entry.</param>
/// <param name="Count">Of numbers.</param>
internal sealed record PickleStorage(ScalarType Type, string Key, long Count);

/// <summary>A tensor that a pickle describes; its range is checked to lie within the storage.</summary>
/// <param name="Storage">Its numbers.</param>
/// <param name="Offset">Index of its first number.</param>
/// <param name="Shape">Lengths.</param>
/// <param name="Strides">Numbers from one element to the next along each side.</param>
/// <param name="Elements">Product of the lengths.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides, long Elements)
{
    /// <summary>Whether it is its storage, whole and in order.</summary>
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
