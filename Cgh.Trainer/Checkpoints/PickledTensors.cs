using System.Text;
using Cgh.Core;
using Cgh.Core.Pickles;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Evaluates the tensors and dictionaries in a pickle. All other objects become <see cref="PickleObject"/>s: nothing is executed.</summary>
/// <param name="refuse">Creates an exception from a reason.</param>
internal sealed class PickledTensors(Func<string, UserErrorException> refuse) : IPickleTypes
{
    private const int MaxDimensions = 16;

    // A pickle can use the same bytes many times.
    private const int MaxTextBytes = 1000;

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

    // The second ones are of PyTorch before version 0.4 and of parameters with attributes.
    private static readonly PickleGlobal[] s_tensors = [new("torch._utils", "_rebuild_tensor_v2"), new("torch._utils", "_rebuild_tensor")];
    private static readonly PickleGlobal[] s_parameters = [new("torch._utils", "_rebuild_parameter"), new("torch._utils", "_rebuild_parameter_with_state")];
    private static readonly PickleGlobal s_orderedDictionary = new("collections", "OrderedDict");
    private static readonly PickleGlobal s_defaultDictionary = new("collections", "defaultdict");

    private readonly Dictionary<string, PickleStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages of all tensors by key, whether or not the tensors are of use.</summary>
    public IReadOnlyDictionary<string, PickleStorage> Storages => _storages;

    /// <summary>A string of Python 3 or 2; null for other values.</summary>
    public static string? TextOf(object? value) => value switch
    {
        string text => text,
        ReadOnlyMemory<byte> { Length: <= MaxTextBytes } bytes => Encoding.Latin1.GetString(bytes.Span),
        _ => null,
    };

    public PickleGlobal Global(string module, string name) => new(module, name);

    /// <summary>Returns the value that a call of <paramref name="callable"/> represents. Nothing is called.</summary>
    public object? Make(object? callable, object?[] arguments) => (callable as PickleGlobal, arguments) switch
    {
        ({ } global, [PickleView view, long offset, object?[] shape, object?[] strides, ..]) when s_tensors.Contains(global) =>
            MakeTensor(view, offset, shape, strides),
        ({ } global, [PickleTensor tensor, ..]) when s_parameters.Contains(global) => tensor,
        ({ } global, []) when global == s_orderedDictionary => new Dictionary<string, object?>(StringComparer.Ordinal),
        ({ } global, [List<object?> pairs]) when global == s_orderedDictionary => OfPairs(pairs),
        ({ } global, _) when global == s_defaultDictionary => new Dictionary<string, object?>(StringComparer.Ordinal),
        var (global, _) => new PickleObject(global),
    };

    /// <summary>Returns the storage of a persistent id, or the class of a module, which older files store with its source text.</summary>
    public object? Persistent(object? id)
    {
        switch (id)
        {
            case object?[] and [var kind, PickleGlobal type, ..] when TextOf(kind) == "module":
                return type;
            case object?[] and [var kind, PickleGlobal type, var key, _, long and >= 0 and var count, .. var rest]
                when TextOf(kind) == "storage" && TextOf(key) is { } name:
                if (type.Module != "torch" || !s_storages.TryGetValue(type.Name, out var element))
                {
                    return new PickleObject(type);
                }

                var storage = new PickleStorage(element, name, count);
                if (!_storages.TryAdd(name, storage) && _storages[name] != storage)
                {
                    throw refuse($"its pickle describes the storage '{name}' in two ways");
                }

                return rest is [object?[] and [_, long and >= 0 and var first, long and >= 0 and var length], ..]
                    ? first <= count && length <= count - first ? new PickleView(storage, first, length) : throw refuse("its pickle has an invalid storage")
                    : new PickleView(storage, First: 0, count);
            default:
                throw refuse("its pickle has an invalid storage");
        }
    }

    /// <summary>Keeps the attributes of other objects. Those of dictionaries and tensors, such as the versions of modules, are of no use.</summary>
    public void SetState(object? target, object? state)
    {
        switch (target)
        {
            case PickleObject made:
                made.State = state;
                break;
            case Dictionary<string, object?> or PickleTensor:
                break;
            default:
                throw refuse("its pickle sets attributes of a value that has none");
        }
    }

    // As Python 2 stores an ordered dictionary: a list of keys with their values.
    private static Dictionary<string, object?> OfPairs(List<object?> pairs)
    {
        var dictionary = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            if (pair is List<object?> and [var first, var value] && TextOf(first) is { } key)
            {
                dictionary[key] = value;
            }
        }

        return dictionary;
    }

    private PickleTensor MakeTensor(PickleView view, long offset, object?[] shape, object?[] strides)
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

        if (offset < 0 || elements > int.MaxValue || (isEmpty ? offset > view.Count : last >= view.Count))
        {
            throw refuse($"a tensor exceeds its storage '{view.Storage.Key}'");
        }

        return new PickleTensor(view.Storage, view.First + offset, lengths, steps, isEmpty ? 0 : (long)elements);
    }
}
