using System.Globalization;
using System.Text.Json.Serialization;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.Stages;

/// <summary>
/// What a stage derives. A stage is a run that does not train: it has a run folder, and other runs of its experiment train on what it derives, its artefacts.
/// Its random draws come from the seed of its <see cref="RunSpec"/>.
/// </summary>
public sealed record StageSpec
{
    /// <summary>Name of the subset of learned examples that a split derives.</summary>
    public const string Easy = "easy";

    /// <summary>Name of the subset of examples that were not learned.</summary>
    public const string Hard = "hard";

    /// <summary>Name of the control, drawn from all examples.</summary>
    public const string Random = "random";

    /// <summary>Name of the subset that a stage of kind <see cref="StageKind.Subset"/> derives.</summary>
    public const string Subset = "subset";

    /// <summary>What it derives.</summary>
    public StageKind Kind { get; init; }

    /// <summary>
    /// For a split: the run whose final model classifies the training examples, a name in the same experiment or the path of a run folder.
    /// </summary>
    public string From { get; init; } = "";

    /// <summary>For a split: number of training examples of each subset.</summary>
    public int Train { get; init; }

    /// <summary>For a split: number of test examples of each subset.</summary>
    public int Test { get; init; }

    /// <summary>For a subset: file of the indices, as <c>Cgh.DataPrep subset --indices</c> reads it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Indices { get; init; }

    /// <summary>For a subset: file of the indices of its own test examples; null for the test set of the dataset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? TestIndices { get; init; }

    /// <summary>Names of what it derives, each a subset in a folder of that name in the stage's run folder.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Artefacts => Kind == StageKind.Split ? [Easy, Hard, Random] : [Subset];

    /// <summary>The failures, a sentence each; none if it can be carried out.</summary>
    public IEnumerable<string> Failures()
    {
        if (!Enum.IsDefined(Kind))
        {
            yield return $"unknown kind '{Kind}' of stage. One of: split, subset.";
        }
        else if (Kind == StageKind.Split)
        {
            if (From.Length == 0)
            {
                yield return "derive.from is missing: name the run whose model says which examples are learned.";
            }

            foreach (var (key, value) in new[] { ("train", Train), ("test", Test) })
            {
                if (value < 1)
                {
                    yield return string.Create(
                        CultureInfo.InvariantCulture, $"derive.{key} must be at least 1 (it is {value}): it is the number of {key} examples of each subset.");
                }
            }

            if (Indices is not null || TestIndices is not null)
            {
                yield return "derive.indices and derive.testIndices apply only to kind subset. Remove them or change the kind.";
            }
        }
        else
        {
            if (Indices is null)
            {
                yield return "derive.indices is missing: give a file with one index per line, a CSV with an index column, or an .npy array.";
            }

            if (From.Length > 0 || Train != 0 || Test != 0)
            {
                yield return "derive.from, derive.train and derive.test apply only to kind split. Remove them or change the kind.";
            }
        }
    }

    /// <summary>Whether <see cref="From"/> names a run of the same experiment, not the path of a run folder.</summary>
    internal bool IsFromExperiment => From.Length > 0 && DataFolder.IsName(From);
}
