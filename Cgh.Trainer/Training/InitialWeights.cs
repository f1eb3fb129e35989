using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;

namespace Cgh.Trainer.Training;

/// <summary>The weights that a run begins with instead of drawing them.</summary>
internal static class InitialWeights
{
    /// <summary>Puts the weights of the file that <paramref name="record"/>'s spec names into <paramref name="loop"/>, if it names one.</summary>
    /// <param name="record">Of a run without a checkpoint.</param>
    /// <param name="loop">At its beginning.</param>
    /// <param name="note">Told what of the file was left out.</param>
    /// <returns>The record, with the file's checksum.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, does not fit the model, or is not what the run once began with.</exception>
    public static RunRecord Apply(RunRecord record, TrainingLoop loop, Action<string> note)
    {
        var path = record.Spec.Weights;
        if (path.Length == 0)
        {
            return record;
        }

        var sha256 = WeightsFile.Sha256(path);
        if (record.WeightsSha256 is { } begun && begun != sha256)
        {
            throw new UserErrorException($"{path} is not what the run began with (SHA-256 {begun}). Restore it, or train the run anew.");
        }

        using var weights = WeightsFile.Open(path);
        if (loop.Begin(weights) is { Count: > 0 } leftOut)
        {
            note($"{path}: left out the auxiliary head ({leftOut.Count} tensors).");
        }

        return record with { WeightsSha256 = sha256 };
    }
}
