using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cgh.Core;
using Cgh.Core.Files;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The safetensors format (github.com/huggingface/safetensors): the length of a JSON header in 8 little-endian bytes, the header,
/// and the values. Untrusted files are safe to read: they contain no code, and malformed ones are rejected.
/// </summary>
internal static class SafeTensors
{
    // The limit of the reference implementation.
    private const int MaxHeaderBytes = 100_000_000;

    private const int MaxDimensions = 16;

    private const int MaxReasonLength = 300;

    private const string MetadataKey = "__metadata__";

    private static readonly Dictionary<ScalarType, string> s_names = new()
    {
        [ScalarType.Float32] = "F32",
        [ScalarType.Float64] = "F64",
        [ScalarType.Float16] = "F16",
        [ScalarType.BFloat16] = "BF16",
        [ScalarType.Int64] = "I64",
        [ScalarType.Int32] = "I32",
        [ScalarType.Int16] = "I16",
        [ScalarType.Int8] = "I8",
        [ScalarType.Byte] = "U8",
        [ScalarType.Bool] = "BOOL",
    };

    private static readonly Dictionary<string, ScalarType> s_types = s_names.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>Metadata of files in PyTorch's naming and layout.</summary>
    public static IReadOnlyDictionary<string, string> ForPyTorch { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes tensors and metadata atomically. The same content gives the same bytes.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">Metadata for the header.</param>
    /// <param name="check">Called before the old file is replaced; an exception keeps the old file.</param>
    /// <exception cref="UserErrorException">The disk is full or the folder cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata, Action? check = null)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var ordered = tensors
            .OrderBy(tensor => tensor.Key, StringComparer.Ordinal)
            .Select(tensor => (tensor.Key, Value: tensor.Value.detach().cpu().contiguous()))
            .ToArray();
        var header = new JsonObject();
        if (metadata.Count > 0)
        {
            header[MetadataKey] = new JsonObject(metadata.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
        }

        var offset = 0L;
        foreach (var (name, value) in ordered)
        {
            if (name == MetadataKey)
            {
                throw new UserErrorException($"Cannot write {path}: the tensor name '{MetadataKey}' is reserved in safetensors files. Rename the tensor.");
            }

            var end = offset + (value.numel() * value.element_size());
            header[name] = new JsonObject
            {
                ["dtype"] = s_names[value.dtype],
                ["shape"] = new JsonArray([.. value.shape.Select(length => (JsonNode)length)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = new byte[(text.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded, 0);
        AtomicFile.Write(path, stream =>
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, padded.Length);
            stream.Write(length);
            stream.Write(padded);
            foreach (var (_, value) in ordered.Where(tensor => tensor.Value.numel() > 0))
            {
                stream.Write(value.bytes);
            }

            check?.Invoke();
        });
    }

    /// <summary>Whether a file starts like safetensors: with a plausible length and the brace of the header.</summary>
    public static bool IsStart(ReadOnlySpan<byte> start) =>
        start.Length > sizeof(ulong) && start[sizeof(ulong)] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= MaxHeaderBytes;

    /// <summary>Reads a file into tensors on the CPU, which the caller must dispose.</summary>
    /// <exception cref="UserErrorException">The file is missing, truncated or malformed.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        try
        {
            using var stream = UntrustedFile.OpenRead(path, "Restore or recreate it.");
            var (entries, metadata, start) = ReadHeader(path, stream);
            using var scope = NewDisposeScope();
            var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            foreach (var entry in entries)
            {
                var tensor = empty([.. entry.Shape], entry.Type);
                tensors.Add(entry.Name, tensor);
                if (entry.End > entry.Begin)
                {
                    stream.Position = start + entry.Begin;
                    stream.ReadExactly(tensor.bytes);
                }
            }

            foreach (var tensor in tensors.Values)
            {
                tensor.DetachFromDisposeScope();
            }

            return (tensors, metadata);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }

    private static (List<TensorEntry> Entries, Dictionary<string, string> Metadata, long Start) ReadHeader(string path, Stream stream)
    {
        UserErrorException Refuse(string reason) =>
            new($"{path} is not a valid safetensors file: {UserText.Shortened(reason, MaxReasonLength)}. Restore or recreate it.");

        var prefix = new byte[8];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw Refuse("the file is shorter than 8 bytes");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes || (long)length > stream.Length - prefix.Length)
        {
            throw Refuse($"the header length {length} is out of range");
        }

        var text = new byte[length];
        stream.ReadExactly(text);
        var start = prefix.Length + (long)length;
        var entries = new List<TensorEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var header = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var member in header.RootElement.EnumerateObject())
            {
                if (member.NameEquals(MetadataKey))
                {
                    metadata = member.Value.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString() ?? "", StringComparer.Ordinal);
                    continue;
                }

                entries.Add(ReadEntry(member, Refuse));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Refuse($"the header is malformed ({UserText.FirstLine(error).TrimEnd('.')})");
        }

        // As in the reference implementation, the values must cover the rest of the file without gaps or overlaps.
        var expected = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != expected)
            {
                throw Refuse($"the values of '{entry.Name}' start at {entry.Begin} instead of {expected}");
            }

            expected = entry.End;
        }

        return expected == stream.Length - start
            ? (entries, metadata, start)
            : throw Refuse($"the file has {stream.Length - start} bytes of values, but the header describes {expected}");
    }

    private static TensorEntry ReadEntry(JsonProperty member, Func<string, UserErrorException> refuse)
    {
        var dtype = member.Value.GetProperty("dtype").GetString() ?? "";
        if (!s_types.TryGetValue(dtype, out var type))
        {
            throw refuse($"'{member.Name}' has the unsupported type '{dtype}' (supported: {string.Join(", ", s_types.Keys)})");
        }

        var shape = member.Value.GetProperty("shape").EnumerateArray().Select(value => value.GetInt64()).ToArray();
        var offsets = member.Value.GetProperty("data_offsets").EnumerateArray().Select(value => value.GetInt64()).ToArray();

        // Checked at each factor, so that the product cannot overflow. The limit applies to the other dimensions of an empty tensor, too.
        Int128 bytes = type.Bytes();
        foreach (var side in shape)
        {
            bytes = side < 0 || bytes > int.MaxValue || shape.Length > MaxDimensions
                ? throw refuse($"'{member.Name}' has an invalid shape")
                : bytes * Math.Max(1, side);
        }

        bytes = shape.Contains(0) ? bytes > int.MaxValue ? throw refuse($"'{member.Name}' has an invalid shape") : 0 : bytes;
        return offsets is [>= 0 and var begin, var end] && end - (Int128)begin == bytes && bytes <= int.MaxValue
            ? new TensorEntry(member.Name, type, shape, begin, end)
            : throw refuse($"the data offsets of '{member.Name}' do not match its shape");
    }

    private sealed record TensorEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End);
}
