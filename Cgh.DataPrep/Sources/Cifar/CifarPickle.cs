using System.Text;
using Cgh.Core;
using Cgh.Core.Pickles;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>What the pickles of CIFAR's Python form may name: NumPy arrays of bytes. Nothing is executed.</summary>
/// <param name="refuse">Creates an exception from a reason.</param>
internal sealed class CifarPickle(Func<string, UserErrorException> refuse) : IPickleTypes
{
    // The largest, CIFAR-100's train, takes 250,000: file names and labels.
    private const int MaxInstructions = 2_000_000;
    private const int MaxReasonLength = 200;

    private static readonly PickleGlobal[] s_reconstruct = [new("numpy.core.multiarray", "_reconstruct"), new("numpy._core.multiarray", "_reconstruct")];
    private static readonly PickleGlobal s_array = new("numpy", "ndarray");
    private static readonly PickleGlobal s_type = new("numpy", "dtype");

    /// <summary>Reads the dictionary in a pickle.</summary>
    /// <param name="file">Path for messages.</param>
    /// <param name="pickle">The pickle. Arrays in the result are slices of it.</param>
    /// <exception cref="UserErrorException">The pickle is damaged or holds anything else.</exception>
    public static CifarDictionary Read(string file, byte[] pickle)
    {
        UserErrorException Refuse(string reason) => new($"{file} is not one of CIFAR's files: {UserText.Shortened(reason, MaxReasonLength)}.");
        return new Unpickler(pickle, new CifarPickle(Refuse), Refuse, MaxInstructions).Read() is Dictionary<string, object?> values
            ? new CifarDictionary(values, Refuse)
            : throw Refuse("it is not a dictionary");
    }

    public PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return global == s_array || global == s_type || s_reconstruct.Contains(global)
            ? global
            : throw refuse($"its pickle refers to {global}; only arrays of bytes are supported, and nothing is executed");
    }

    public object? Make(object? callable, object?[] arguments) => callable switch
    {
        PickleGlobal global when s_reconstruct.Contains(global) && arguments is [PickleGlobal type, ..] && type == s_array => new PickledArray(),
        PickleGlobal global when global == s_type && arguments is [var code, ..] && CifarDictionary.TextOf(code) is "u1" or "|u1" => new PickledByteType(),
        _ => throw refuse($"its pickle calls {callable as PickleGlobal ?? (object)"a value"} with invalid arguments"),
    };

    public object? Persistent(object? id) => throw refuse("its pickle refers to data elsewhere");

    public void SetState(object? target, object? state)
    {
        switch (target, state)
        {
            case (PickledArray array, object?[] and [_, object?[] { Length: 2 } shape, PickledByteType, false or 0L, ReadOnlyMemory<byte> bytes]):
                array.Set(shape.OfType<long>().ToArray(), bytes);
                break;

            // Byte order and alignment, which do not matter for bytes.
            case (PickledByteType, object?[]):
                break;
            default:
                throw refuse("its pickle sets attributes that arrays of bytes do not have");
        }
    }

    private sealed class PickledByteType;
}

/// <summary>An array of bytes in a pickle.</summary>
internal sealed class PickledArray
{
    public IReadOnlyList<long> Shape { get; private set; } = [];

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    public void Set(IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes) => (Shape, Bytes) = (shape, bytes);
}

/// <summary>The dictionary in one of CIFAR's pickles, read with checks.</summary>
internal sealed class CifarDictionary(Dictionary<string, object?> values, Func<string, UserErrorException> refuse)
{
    // A pickle can use the same bytes many times.
    private const int MaxTextBytes = 1000;

    /// <summary>Reads images as the rows of an array.</summary>
    public ReadOnlyMemory<byte> Images(int imageBytes) =>
        values.GetValueOrDefault("data") is PickledArray { Shape: [var count, var width] } array && width == imageBytes && count >= 1
        && array.Bytes.Length % imageBytes == 0 && array.Bytes.Length / imageBytes == count
            ? array.Bytes
            : throw refuse($"'data' is not an array of N x {imageBytes} bytes");

    /// <summary>Reads a list of integers.</summary>
    public IReadOnlyList<long> Integers(string key) =>
        values.GetValueOrDefault(key) is List<object?> list && list.All(item => item is long)
            ? [.. list.Cast<long>()]
            : throw refuse($"'{key}' is not a list of integers");

    /// <summary>Reads a list of strings.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        values.GetValueOrDefault(key) is List<object?> list && list.All(item => TextOf(item) is not null)
            ? [.. list.Select(item => TextOf(item)!)]
            : throw refuse($"'{key}' is not a list of strings");

    /// <summary>A string of either Python; null for other values.</summary>
    public static string? TextOf(object? value) => value switch
    {
        string text => text,
        ReadOnlyMemory<byte> { Length: <= MaxTextBytes } bytes => Encoding.UTF8.GetString(bytes.Span),
        _ => null,
    };
}
