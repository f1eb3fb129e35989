using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>What an attempt is to do.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="DatasetFolder">Where the data is.</param>
/// <param name="Record">The run's record so far, this attempt not yet in it.</param>
/// <param name="VerifyData">Read every shard and compare its checksum first.</param>
/// <param name="Number">The attempt's number from the run store; null when a person started it: the next in the folder.</param>
internal sealed record AttemptSettings(RunFolder Folder, string DatasetFolder, RunRecord Record, bool VerifyData, int? Number)
{
    /// <summary>A first attempt at <paramref name="spec"/>.</summary>
    public static AttemptSettings New(RunSpec spec, RunFolder folder, string datasetFolder, bool verifyData, int? number) => new(
        folder,
        datasetFolder,
        new RunRecord { Spec = spec, DatasetFolder = datasetFolder, Status = RunStatus.Queued, Created = DateTimeOffset.UtcNow },
        verifyData,
        number);
}
