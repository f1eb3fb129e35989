using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Trainer.Stages;

/// <summary>Writes a subset into the run folder of a stage.</summary>
internal static class StageSubset
{
    /// <summary>Creates a subset, in place of one of an earlier attempt.</summary>
    public static StageArtefact Create(RunFolder stage, Dataset parent, SubsetRequest request)
    {
        var folder = Path.Combine(stage.Path, request.Name);
        if (Directory.Exists(folder))
        {
            // On another kind of machine, an earlier attempt can have classified a few examples differently.
            Directory.Delete(folder, recursive: true);
        }

        var info = Subset.Create(folder, parent, request);
        using var subset = Dataset.Open(folder);
        return new StageArtefact(request.Name, info.Train, info.Test, subset.Checksum());
    }
}
