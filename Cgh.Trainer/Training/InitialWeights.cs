using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Models;

namespace Cgh.Trainer.Training;

/// <summary>Initial weights from a file.</summary>
internal static class InitialWeights
{
    /// <summary>Loads the weights file of the spec, if it has one.</summary>
    /// <param name="record">Record of a run without a checkpoint.</param>
    /// <param name="loop">The training loop, before the first step.</param>
    /// <param name="note">Receives what was chosen in the file, and about skipped tensors.</param>
    /// <returns>The record with the checksum of the file.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, does not match the model, or has changed since the run started.</exception>
    public static RunRecord Apply(RunRecord record, TrainingLoop loop, Action<string> note)
    {
        var path = record.Spec.Weights;
        if (path.Length == 0)
        {
            return record;
        }

        if (record.WeightsSha256 is { } expected && expected != WeightsFile.Sha256(path))
        {
            throw new UserErrorException(
                $"{path} has changed since the run started (expected SHA-256 {expected}). Restore the file, or restart the run from the beginning.");
        }

        // Before its checksum is computed: the file may be none, and longer than can be read in a day.
        using var weights = WeightsFile.Open(path);
        var sha256 = record.WeightsSha256 ?? WeightsFile.Sha256(path);
        var heads = record.Spec.NewHead ? ModelRegistry.Heads(record.Spec.Model) : [];
        var leftOut = loop.Begin(weights).ToLookup(name => heads.Any(head => name.StartsWith(head, StringComparison.Ordinal)));
        foreach (var choice in weights.Notes)
        {
            note($"{path}: {choice}");
        }

        if (leftOut[false].Count() is > 0 and var count)
        {
            note($"{path}: skipped the auxiliary head ({count} tensors).");
        }

        if (record.Spec.NewHead)
        {
            var old = leftOut[true].Select(name => weights.Tensors[name].shape[0]).Distinct().ToArray();
            note($"{path}: the last layer is new{(old is [var classes] ? $" (the file's has {classes} classes)" : "")}.");
        }

        return record with { WeightsSha256 = sha256 };
    }
}
