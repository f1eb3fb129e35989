using Cgh.Core;
using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Reads the elements of a storage.</summary>
internal delegate void StorageReader(PickleStorage storage, Span<byte> elements);

/// <summary>Loads tensors that a pickle describes.</summary>
internal static class StoredTensors
{
    /// <summary>Loads the tensors. The caller has checked that the file has their storages.</summary>
    /// <param name="described">The tensors by name.</param>
    /// <param name="read">Reads a storage.</param>
    /// <param name="fileBytes">Size of the file.</param>
    /// <param name="refuse">Creates an exception from a reason.</param>
    /// <returns>Tensors on the CPU, which the caller must dispose.</returns>
    public static Dictionary<string, Tensor> Load(
        IReadOnlyDictionary<string, PickleTensor> described, StorageReader read, long fileBytes, Func<string, UserErrorException> refuse)
    {
        // Check the sizes before allocating: with overlapping entries and shared storages, a small file could claim a lot of memory.
        var total = Math.Max(
            described.Values.Select(tensor => tensor.Storage).Distinct().Sum(storage => (long)storage.Bytes),
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
            if (whole.numel() > 0)
            {
                read(shared.Key, whole.bytes);
            }

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
}
