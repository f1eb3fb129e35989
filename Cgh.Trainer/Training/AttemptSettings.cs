using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>Settings of an attempt.</summary>
/// <param name="Folder">The run folder.</param>
/// <param name="DatasetFolder">Folder of the dataset.</param>
/// <param name="Record">Record of the run without this attempt.</param>
/// <param name="VerifyData">Whether to verify the checksums of all shards first.</param>
/// <param name="Number">Number of the attempt in the run store; null if started manually, for the next number in the folder.</param>
internal sealed record AttemptSettings(RunFolder Folder, string DatasetFolder, RunRecord Record, bool VerifyData, int? Number)
{
    /// <summary>Creates the settings of a run's first attempt.</summary>
    public static AttemptSettings New(RunSpec spec, RunFolder folder, string datasetFolder, bool verifyData, int? number) => new(
        folder,
        datasetFolder,
        new RunRecord { Spec = spec, DatasetFolder = datasetFolder, Status = RunStatus.Queued, Created = DateTimeOffset.UtcNow },
        verifyData,
        number);
}
