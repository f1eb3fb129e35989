using System.IO.Compression;
using System.Text;
using Cgh.Core;
using Cgh.Core.Files;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The zip files that <c>torch.save</c> has written since PyTorch 1.6 (.pth, .pt): a pickle that describes tensors, and their
/// numbers in an entry a storage. Read without executing anything; a file from a stranger can at worst be refused.
/// </summary>
internal static class TorchFile
{
    private const string PickleName = "data.pkl";
    private const int MaxReasonLength = 300;

    // A state dict's pickle takes some 200 bytes a tensor.
    private const int MaxPickleBytes = 1 << 22;

    // What people save a state dict under beside other things.
    private static readonly string[] s_nests = ["state_dict", "model", "model_state_dict"];

    /// <summary>Reads the tensors of a state dict, alone in the file or under <c>state_dict</c>, <c>model</c> or <c>model_state_dict</c>.</summary>
    /// <returns>On the CPU, belonging to the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged, or holds anything but tensors.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        UserErrorException Refuse(string reason) => new($"{path} is not a PyTorch file that can be read: {UserText.Shortened(reason, MaxReasonLength)}. {HowToConvert(path)}");

        try
        {
            using var stream = File.OpenRead(path);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
            foreach (var entry in zip.Entries)
            {
                if (!entries.TryAdd(entry.FullName, entry))
                {
                    throw Refuse($"it has two entries '{entry.FullName}'");
                }
            }

            var pickle = entries.Keys.SingleOrDefault(name => name == PickleName || name.EndsWith('/' + PickleName))
                ?? throw Refuse($"it has no {PickleName}");
            var root = pickle[..^PickleName.Length];
            if (entries.ContainsKey(root + "constants.pkl"))
            {
                throw Refuse("it is a TorchScript program");
            }

            if (entries.TryGetValue(root + "byteorder", out var order) && (order.Length != 6 || Encoding.ASCII.GetString(Bytes(order, 6, Refuse)) != "little"))
            {
                throw Refuse("its numbers are big-endian");
            }

            if (entries[pickle].Length > MaxPickleBytes)
            {
                throw Refuse($"its {PickleName} has {entries[pickle].Length} bytes");
            }

            var described = StateDict(new Unpickler(Bytes(entries[pickle], (int)entries[pickle].Length, Refuse), Refuse).Read(), Refuse);
            return Load(described, key => entries.GetValueOrDefault($"{root}data/{key}") ?? throw Refuse($"it has no entry 'data/{key}'"), stream.Length, Refuse);
        }
        catch (InvalidDataException error)
        {
            throw Refuse($"it is a damaged zip file ({AtomicFile.FirstLine(error).TrimEnd('.')})");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {AtomicFile.FirstLine(error)}", error);
        }
    }

    /// <summary>What to do about a file that cannot be read, as one sentence.</summary>
    public static string HowToConvert(string path) =>
        $"If you trust it, convert it in Python: torch.save(torch.load('{Path.GetFileName(path)}', map_location='cpu'), 'new.pth'), or of a whole model its state_dict().";

    private static Dictionary<string, PickleTensor> StateDict(object? root, Func<string, UserErrorException> refuse)
    {
        var state = root as Dictionary<string, object?> ?? throw refuse("it holds no dictionary of tensors");
        if (!state.Values.Any(value => value is PickleTensor))
        {
            state = s_nests.Select(name => state.GetValueOrDefault(name)).OfType<Dictionary<string, object?>>().FirstOrDefault()
                ?? throw refuse($"it holds no tensors, neither at its top nor under {string.Join(", ", s_nests)}");
        }
        else if (s_nests.Select(name => state.GetValueOrDefault(name)).OfType<Dictionary<string, object?>>().FirstOrDefault() is { } nested)
        {
            // Such as a best accuracy, kept as a tensor beside the state dict.
            state = nested;
        }

        return state.ToDictionary(
            entry => entry.Key,
            entry => entry.Value as PickleTensor ?? throw refuse($"'{entry.Key}' is no tensor"),
            StringComparer.Ordinal);
    }

    private static Dictionary<string, Tensor> Load(Dictionary<string, PickleTensor> described, Func<string, ZipArchiveEntry> find, long fileBytes, Func<string, UserErrorException> refuse)
    {
        // Before anything is allocated: entries may overlap and tensors share a storage, so that a small file could ask for much memory.
        var storages = described.Values.Select(tensor => tensor.Storage).Distinct().ToArray();
        foreach (var storage in storages)
        {
            var entry = find(storage.Key);
            var bytes = (Int128)storage.Count * storage.Type.Bytes();
            if (entry.Length != bytes || entry.CompressedLength != bytes || bytes > int.MaxValue)
            {
                throw refuse($"its entry 'data/{storage.Key}' has {entry.Length} bytes ({entry.CompressedLength} compressed) where {bytes} uncompressed ones are due");
            }
        }

        var asked = Math.Max(
            storages.Sum(storage => storage.Count * storage.Type.Bytes()),
            described.Values.Sum(tensor => tensor.Elements * tensor.Storage.Type.Bytes()));
        if (asked > fileBytes)
        {
            throw refuse($"its tensors would take {asked} bytes, more than the {fileBytes} of the file");
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var shared in described.GroupBy(entry => entry.Value.Storage))
        {
            using var inner = NewDisposeScope();
            var whole = empty(shared.Key.Count, shared.Key.Type);
            Fill(whole, find(shared.Key.Key));
            foreach (var (name, tensor) in shared)
            {
                var value = tensor.IsWhole() ? whole.view(tensor.Shape) : empty(tensor.Shape, shared.Key.Type).copy_(whole.as_strided(tensor.Shape, tensor.Strides, tensor.Offset));
                tensors.Add(name, value.MoveToOuterDisposeScope());
            }
        }

        foreach (var tensor in tensors.Values)
        {
            tensor.DetachFromDisposeScope();
        }

        return tensors;
    }

    private static void Fill(Tensor whole, ZipArchiveEntry entry)
    {
        if (whole.numel() > 0)
        {
            using var numbers = entry.Open();
            numbers.ReadExactly(whole.bytes);
        }
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
