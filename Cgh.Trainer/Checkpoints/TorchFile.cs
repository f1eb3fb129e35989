using System.IO.Compression;
using System.Text;
using Cgh.Core;
using Cgh.Core.Pickles;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The files that <c>torch.save</c> writes (.pth, .pt): since PyTorch 1.6 a zip with a pickle that describes the tensors, and one entry per storage with
/// their elements; before, see <see cref="LegacyTorchFile"/>. Untrusted files are safe to read: nothing is executed, and only tensors are kept.
/// </summary>
internal static class TorchFile
{
    /// <summary>Limit on the size of a pickle. That of a state dict has about 200 bytes per tensor.</summary>
    public const int MaxPickleBytes = 1 << 24;

    /// <summary>Limit on the instructions of a pickle.</summary>
    public const int MaxPickleInstructions = 1 << 22;

    private const string PickleName = "data.pkl";
    private const int MaxReasonLength = 300;

    /// <summary>Reads the tensors of a model from a file in either format.</summary>
    /// <returns>Tensors on the CPU, which the caller must dispose, and <see cref="StateDict.Choice"/>.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged, or has no tensors.</exception>
    public static (Dictionary<string, Tensor> Tensors, string? Choice) Read(string path)
    {
        UserErrorException Refuse(string reason) =>
            new($"{path} is not a readable PyTorch file: {UserText.Shortened(reason, MaxReasonLength)}. Get an intact file with the model's state dict.");

        try
        {
            using var stream = File.OpenRead(path);
            var start = new byte[2];
            var isPickle = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && LegacyTorchFile.IsPickle(start);
            stream.Position = 0;
            return isPickle ? LegacyTorchFile.Read(path, stream, Refuse) : ReadZip(path, stream, Refuse);
        }
        catch (InvalidDataException error)
        {
            throw Refuse($"it is a damaged zip file ({UserText.FirstLine(error).TrimEnd('.')})");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }

    private static (Dictionary<string, Tensor> Tensors, string? Choice) ReadZip(string path, Stream stream, Func<string, UserErrorException> refuse)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            if (!entries.TryAdd(entry.FullName, entry))
            {
                throw refuse($"it has two entries '{entry.FullName}'");
            }
        }

        if (entries.Keys.Where(name => name == PickleName || name.EndsWith('/' + PickleName)).ToArray() is not [var pickle])
        {
            var content = entries.Count == 0 ? "it is empty" : $"it holds {UserText.Shortened(entries.Keys.First())}";
            throw new UserErrorException($"{path} is a zip archive that torch.save did not write ({content}). If it holds weights, unpack it first.");
        }

        var root = pickle[..^PickleName.Length];
        if (entries.TryGetValue(root + "byteorder", out var order)
            && (order.Length != 6 || Encoding.ASCII.GetString(Bytes(order, 6, refuse)) != "little"))
        {
            throw refuse("it is big-endian");
        }

        if (entries[pickle].Length > MaxPickleBytes)
        {
            throw refuse($"its {PickleName} is too large ({entries[pickle].Length} bytes)");
        }

        var bytes = Bytes(entries[pickle], (int)entries[pickle].Length, refuse);
        var described = StateDict.Find(new Unpickler(bytes, new PickledTensors(refuse), refuse, MaxPickleInstructions).Read(), refuse);
        string Name(PickleStorage storage) => $"data/{storage.Key}";
        foreach (var storage in described.Tensors.Values.Select(tensor => tensor.Storage).Distinct())
        {
            var entry = entries.GetValueOrDefault(root + Name(storage)) ?? throw refuse($"it has no entry '{Name(storage)}'");
            if (entry.Length != storage.Bytes || entry.CompressedLength != storage.Bytes || storage.Bytes > int.MaxValue)
            {
                throw refuse(
                    $"its entry '{Name(storage)}' must have {storage.Bytes} bytes, uncompressed (it has {entry.Length}, {entry.CompressedLength} compressed)");
            }
        }

        var tensors = StoredTensors.Load(
            described.Tensors,
            (storage, elements) =>
            {
                using var numbers = entries[root + Name(storage)].Open();
                numbers.ReadExactly(elements);
            },
            stream.Length,
            refuse);
        return (tensors, described.Choice);
    }

    private static byte[] Bytes(ZipArchiveEntry entry, int length, Func<string, UserErrorException> refuse)
    {
        if (entry.CompressedLength != length)
        {
            throw refuse($"its entry '{entry.FullName}' is compressed");
        }

        var bytes = new byte[length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
