using System.IO.Compression;
using System.Text;
using Cgh.Core;
using Cgh.Core.Pickles;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The zip files that <c>torch.save</c> writes since PyTorch 1.6 (.pth, .pt): a pickle that describes the tensors, and one entry per
/// storage with their elements. Untrusted files are safe to read: nothing is executed, and anything but tensors is rejected.
/// </summary>
internal static class TorchFile
{
    private const string PickleName = "data.pkl";
    private const int MaxReasonLength = 300;

    // The pickle of a state dict has about 200 bytes per tensor.
    private const int MaxPickleBytes = 1 << 22;

    // Common keys of the state dict in files with other content.
    private static readonly string[] s_stateDictKeys = ["state_dict", "model", "model_state_dict"];

    /// <summary>Reads a state dict, at the top level of the file or under <c>state_dict</c>, <c>model</c> or <c>model_state_dict</c>.</summary>
    /// <returns>Tensors on the CPU, which the caller must dispose.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged, or contains anything but tensors.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        UserErrorException Refuse(string reason) =>
            new($"{path} is not a readable PyTorch file: {UserText.Shortened(reason, MaxReasonLength)}. {HowToConvert(path)}");

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

            if (entries.TryGetValue(root + "byteorder", out var order)
                && (order.Length != 6 || Encoding.ASCII.GetString(Bytes(order, 6, Refuse)) != "little"))
            {
                throw Refuse("it is big-endian");
            }

            if (entries[pickle].Length > MaxPickleBytes)
            {
                throw Refuse($"its {PickleName} is too large ({entries[pickle].Length} bytes)");
            }

            var bytes = Bytes(entries[pickle], (int)entries[pickle].Length, Refuse);
            var described = StateDict(new Unpickler(bytes, new PickledTensors(Refuse), Refuse).Read(), Refuse);
            return Load(
                described,
                key => entries.GetValueOrDefault($"{root}data/{key}") ?? throw Refuse($"it has no entry 'data/{key}'"),
                stream.Length,
                Refuse);
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

    /// <summary>One sentence on how to convert a file that cannot be read.</summary>
    public static string HowToConvert(string path) =>
        $"If you trust it, convert it in Python: torch.save(torch.load('{Path.GetFileName(path)}', map_location='cpu'), 'new.pth'); "
        + "for a whole model, save its state_dict().";

    private static Dictionary<string, PickleTensor> StateDict(object? root, Func<string, UserErrorException> refuse)
    {
        var state = root as Dictionary<string, object?> ?? throw refuse("it is not a dictionary of tensors");
        if (!state.Values.Any(value => value is PickleTensor))
        {
            state = s_stateDictKeys.Select(name => state.GetValueOrDefault(name)).OfType<Dictionary<string, object?>>().FirstOrDefault()
                ?? throw refuse($"it has no tensors at the top level or under {string.Join(", ", s_stateDictKeys)}");
        }
        else if (s_stateDictKeys.Select(name => state.GetValueOrDefault(name)).OfType<Dictionary<string, object?>>().FirstOrDefault() is { } nested)
        {
            // The tensors at the top level are other content, such as the best accuracy.
            state = nested;
        }

        return state.ToDictionary(
            entry => entry.Key,
            entry => entry.Value as PickleTensor ?? throw refuse($"'{entry.Key}' is not a tensor"),
            StringComparer.Ordinal);
    }

    private static Dictionary<string, Tensor> Load(
        Dictionary<string, PickleTensor> described, Func<string, ZipArchiveEntry> find, long fileBytes, Func<string, UserErrorException> refuse)
    {
        // Check the sizes before allocating: with overlapping entries and shared storages, a small file could claim a lot of memory.
        var storages = described.Values.Select(tensor => tensor.Storage).Distinct().ToArray();
        foreach (var storage in storages)
        {
            var entry = find(storage.Key);
            var bytes = (Int128)storage.Count * storage.Type.Bytes();
            if (entry.Length != bytes || entry.CompressedLength != bytes || bytes > int.MaxValue)
            {
                throw refuse(
                    $"its entry 'data/{storage.Key}' must have {bytes} bytes, uncompressed (it has {entry.Length}, {entry.CompressedLength} compressed)");
            }
        }

        var total = Math.Max(
            storages.Sum(storage => storage.Count * storage.Type.Bytes()),
            described.Values.Sum(tensor => tensor.Elements * tensor.Storage.Type.Bytes()));
        if (total > fileBytes)
        {
            throw refuse($"its tensors would need {total} bytes, more than the file's {fileBytes}");
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
                var value = tensor.IsWhole()
                    ? whole.view(tensor.Shape)
                    : empty(tensor.Shape, shared.Key.Type).copy_(whole.as_strided(tensor.Shape, tensor.Strides, tensor.Offset));
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
