using Cgh.Core;
using Cgh.Core.Pickles;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Evaluates the few classes and functions that a pickle of tensors may name. All others are rejected.</summary>
/// <param name="refuse">Creates an exception from a reason.</param>
internal sealed class PickledTensors(Func<string, UserErrorException> refuse) : IPickleTypes
{
    private const int MaxDimensions = 16;

    private static readonly Dictionary<string, ScalarType> s_storages = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = ScalarType.Float64,
        ["FloatStorage"] = ScalarType.Float32,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    private static readonly PickleGlobal s_orderedDictionary = new("collections", "OrderedDict");
    private static readonly PickleGlobal s_tensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleGlobal s_parameter = new("torch._utils", "_rebuild_parameter");

    /// <summary>Returns the class or function of this name if tensors need it.</summary>
    public PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return global == s_orderedDictionary || global == s_tensor || global == s_parameter || IsStorage(global)
            ? global
            : throw refuse($"its pickle refers to {global}; only tensors are supported, and nothing is executed");
    }

    /// <summary>Returns the value that a call of <paramref name="callable"/> represents. Nothing is called.</summary>
    public object? Make(object? callable, object?[] arguments) => callable switch
    {
        PickleGlobal global when global == s_orderedDictionary && arguments.Length == 0 => new Dictionary<string, object?>(StringComparer.Ordinal),
        PickleGlobal global when global == s_parameter && arguments is [PickleTensor tensor, ..] => tensor,
        PickleGlobal global when global == s_tensor && arguments is [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..] =>
            MakeTensor(storage, offset, shape, strides),
        _ => throw refuse($"its pickle calls {callable as PickleGlobal ?? (object)"a value"} with invalid arguments"),
    };

    /// <summary>Returns the storage of a persistent id.</summary>
    public object? Persistent(object? id) =>
        id is object?[] and ["storage", PickleGlobal type, string key, string, long and >= 0 and var count, ..] && IsStorage(type)
            ? new PickleStorage(s_storages[type.Name], key, count)
            : throw refuse("its pickle has an invalid storage");

    /// <summary>Ignores <c>_metadata</c>, an attribute of state dicts with the versions of modules.</summary>
    public void SetState(object? target, object? state)
    {
        if (target is not Dictionary<string, object?>)
        {
            throw refuse("its pickle adds items to a value that is not a dictionary");
        }
    }

    private static bool IsStorage(PickleGlobal global) => global.Module == "torch" && s_storages.ContainsKey(global.Name);

    private PickleTensor MakeTensor(PickleStorage storage, long offset, object?[] shape, object?[] strides)
    {
        var lengths = shape.OfType<long>().ToArray();
        var steps = strides.OfType<long>().ToArray();
        if (lengths.Length != shape.Length || steps.Length != shape.Length || strides.Length != shape.Length || shape.Length > MaxDimensions)
        {
            throw refuse("a tensor has inconsistent shape and strides");
        }

        // Checked at each dimension, so that nothing can overflow.
        Int128 elements = 1, last = offset;
        var isEmpty = lengths.Contains(0);
        for (var side = 0; side < lengths.Length; side++)
        {
            if (lengths[side] is < 0 or > int.MaxValue || steps[side] is < 0 or > int.MaxValue || elements > int.MaxValue)
            {
                throw refuse("a tensor has an invalid shape");
            }

            elements *= Math.Max(1, lengths[side]);
            last += (Int128)Math.Max(0, lengths[side] - 1) * steps[side];
        }

        if (offset < 0 || elements > int.MaxValue || (isEmpty ? offset > storage.Count : last >= storage.Count))
        {
            throw refuse($"a tensor exceeds its storage '{storage.Key}'");
        }

        return new PickleTensor(storage, offset, lengths, steps, isEmpty ? 0 : (long)elements);
    }
}
