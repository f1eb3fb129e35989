using static TorchSharp.torch;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Removes what wrappers of a model put before the names of its tensors.</summary>
internal static class TensorNames
{
    // DataParallel and averaged models; torch.compile; Lightning; and the usual names of a model within a module. No model here has such names.
    private static readonly string[] s_prefixes = ["module.", "_orig_mod.", "model.", "net.", "network.", "backbone."];

    // The counter of torch.optim.swa_utils.AveragedModel, beside its "module.".
    private const string AverageCount = "n_averaged";

    /// <summary>Removes the prefixes that all names share.</summary>
    /// <param name="tensors">Tensors by name; one that is not returned is disposed.</param>
    /// <returns>The tensors, and all that was removed, such as <c>_orig_mod.module.</c>.</returns>
    public static (Dictionary<string, Tensor> Tensors, string Removed) WithoutPrefixes(Dictionary<string, Tensor> tensors)
    {
        var removed = "";
        while (s_prefixes.FirstOrDefault(prefix => IsShared(tensors, prefix)) is { } shared)
        {
            if (tensors.Remove(AverageCount, out var count))
            {
                count.Dispose();
            }

            tensors = tensors.ToDictionary(entry => entry.Key[shared.Length..], entry => entry.Value, StringComparer.Ordinal);
            removed += shared;
        }

        return (tensors, removed);
    }

    private static bool IsShared(Dictionary<string, Tensor> tensors, string prefix) =>
        tensors.Keys.Any(name => name != AverageCount)
        && tensors.Keys.All(name => name == AverageCount || (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal)));
}
