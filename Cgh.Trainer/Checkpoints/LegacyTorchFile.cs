using System.Buffers.Binary;
using System.Numerics;
using Cgh.Core;
using Cgh.Core.Pickles;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The files that <c>torch.save</c> wrote before PyTorch 1.6, such as torchvision's VGGs: five pickles (a magic number, the version of the format, the
/// machine, the content, the keys of the storages), then the storages, each after its number of elements. As safe to read as <see cref="TorchFile"/>.
/// </summary>
internal static class LegacyTorchFile
{
    private const long Version = 1001;

    private static readonly BigInteger s_magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a file starts with a pickle.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> start) => start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5;

    /// <summary>Reads the tensors of a model.</summary>
    /// <param name="path">Path for messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="refuse">Creates an exception from a reason.</param>
    /// <returns>Tensors on the CPU, which the caller must dispose, and <see cref="StateDict.Choice"/>.</returns>
    public static (Dictionary<string, Tensor> Tensors, string? Choice) Read(string path, Stream stream, Func<string, UserErrorException> refuse)
    {
        var start = new byte[Math.Min(stream.Length, TorchFile.MaxPickleBytes)];
        stream.ReadExactly(start);
        var types = new PickledTensors(refuse);
        var pickles = new Unpickler(start, types, refuse, TorchFile.MaxPickleInstructions);
        if (pickles.Read() is not BigInteger magic || magic != s_magic)
        {
            throw new UserErrorException($"{path} is a pickle that torch.save did not write. In Python, save the model's state_dict() with torch.save.");
        }

        if (pickles.Read() is not Version)
        {
            throw refuse("it has an unknown version");
        }

        if (pickles.Read() is Dictionary<string, object?> machine && machine.GetValueOrDefault("little_endian") is false)
        {
            throw refuse("it is big-endian");
        }

        var described = StateDict.Find(pickles.Read(), refuse);
        var keys = pickles.Read() as List<object?> ?? throw refuse("it has no list of storages");
        var places = Places(stream, pickles.Position, keys, types.Storages, refuse);
        foreach (var storage in described.Tensors.Values.Select(tensor => tensor.Storage))
        {
            if (!places.ContainsKey(storage.Key))
            {
                throw refuse($"it has no storage '{storage.Key}'");
            }
        }

        var tensors = StoredTensors.Load(
            described.Tensors,
            (storage, elements) =>
            {
                stream.Position = places[storage.Key];
                stream.ReadExactly(elements);
            },
            stream.Length,
            refuse);
        return (tensors, described.Choice);
    }

    // Where the elements of each storage start. All are needed to find the next one.
    private static Dictionary<string, long> Places(
        Stream stream, long at, List<object?> keys, IReadOnlyDictionary<string, PickleStorage> storages, Func<string, UserErrorException> refuse)
    {
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        var count = new byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (PickledTensors.TextOf(key) is not { } name || !storages.TryGetValue(name, out var storage))
            {
                throw refuse("it has a storage of an unknown type");
            }

            if (stream.Length - at < count.Length)
            {
                throw refuse("it is truncated");
            }

            stream.Position = at;
            stream.ReadExactly(count);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count || storage.Bytes > int.MaxValue || !places.TryAdd(name, at + count.Length))
            {
                throw refuse($"its storage '{name}' does not have the {storage.Count} elements of the pickle");
            }

            at += count.Length + (long)storage.Bytes;
            if (at > stream.Length)
            {
                throw refuse("it is truncated");
            }
        }

        return places;
    }
}
