using System.Globalization;
using System.Text.Json.Serialization;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;

namespace Cgh.Core.Stages;

/// <summary>
/// What a stage derives. A stage is a run that does not train: it has a run folder, and other runs of its experiment train on what it derives, its artefacts.
/// Its random draws come from the seed of its <see cref="RunSpec"/>.
/// </summary>
public sealed record StageSpec
{
    /// <summary>Name of the subset of learned examples that a split derives, or of those learned first.</summary>
    public const string Easy = "easy";

    /// <summary>Name of the subset of examples that were not learned, or of those learned last.</summary>
    public const string Hard = "hard";

    /// <summary>Name of the control, drawn from all examples.</summary>
    public const string Random = "random";

    /// <summary>
    /// File of the indices of the training examples that were learned: right with the final model or, by learning times, at the last tracked epoch.
    /// </summary>
    public const string LearnedFile = "learned_examples.csv";

    /// <summary>File of the indices of those that were not learned.</summary>
    public const string NotLearnedFile = "not_learned_examples.csv";

    /// <summary>Name of the subset that a stage of kind <see cref="StageKind.Subset"/> derives.</summary>
    public const string Subset = "subset";

    /// <summary>Name by which runs refer to the labels that a stage with <see cref="DerivesLabels"/> derives.</summary>
    public const string Corrected = "corrected";

    /// <summary>Smallest probability of a correction if the stage does not say.</summary>
    public const double DefaultConfidence = 0.9;

    /// <summary>What it derives.</summary>
    public StageKind Kind { get; init; }

    /// <summary><see cref="Kind"/> as recipes write it.</summary>
    [JsonIgnore]
    public string KindName => Kind.ToString().ToLowerInvariant();

    /// <summary>
    /// For a split and for labels: the run whose final model classifies the training examples; for learning: the tracked run. A name in the same experiment or
    /// the path of a run folder.
    /// </summary>
    public string From { get; init; } = "";

    /// <summary>For a split and for learning: number of training examples of each subset.</summary>
    public int Train { get; init; }

    /// <summary>For a split and for learning: number of test examples of each subset; 0, for learning only, for the test set of the dataset.</summary>
    public int Test { get; init; }

    /// <summary>For learning: the time that orders the examples; null for <see cref="LearningTime.FirstLearned"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LearningTime? By { get; init; }

    /// <summary>For labels: smallest probability of the predicted class that replaces a label, 0 to 1; null for <see cref="DefaultConfidence"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? Confidence { get; init; }

    /// <summary>For suspects: folder of a second run on the same labels, for the score <c>disagreement</c>; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Second { get; init; }

    /// <summary>For suspects: the score, one of <see cref="LabelQuality.LabelScoreCatalog"/>; null for the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Score { get; init; }

    /// <summary>Whether it derives a label set of its dataset.</summary>
    [JsonIgnore]
    public bool DerivesLabels => Kind is StageKind.Labels or StageKind.Suspects;

    /// <summary>For a subset: file of the indices, as <c>Cgh.DataPrep subset --indices</c> reads it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Indices { get; init; }

    /// <summary>For a subset: file of the indices of its own test examples; null for the test set of the dataset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? TestIndices { get; init; }

    /// <summary>Names of what it derives, each a subset in a folder of that name in the stage's run folder.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Artefacts => Kind switch
    {
        StageKind.Split or StageKind.Learning => [Easy, Hard, Random],
        StageKind.Subset => [Subset],
        _ => [],
    };

    /// <summary>Whether it draws easy, hard and random subsets of <see cref="Train"/> and <see cref="Test"/> examples.</summary>
    [JsonIgnore]
    public bool DrawsEasyAndHard => Kind is StageKind.Split or StageKind.Learning;

    /// <summary>Whether its subsets have test examples of their own.</summary>
    [JsonIgnore]
    public bool HasOwnTest => DrawsEasyAndHard ? Test > 0 : TestIndices is not null;

    /// <summary>The failures, a sentence each; none if it can be carried out.</summary>
    public IEnumerable<string> Failures()
    {
        if (!Enum.IsDefined(Kind))
        {
            yield return $"unknown kind '{Kind}' of stage. One of: split, subset, labels, suspects, learning.";
            yield break;
        }

        if (Kind != StageKind.Subset && From.Length == 0)
        {
            yield return Kind == StageKind.Learning
                ? "derive.from is missing: name the tracked run whose learning times order the examples."
                : "derive.from is missing: name the run whose model classifies the examples.";
        }

        if (Kind == StageKind.Subset && From.Length > 0)
        {
            yield return "derive.from does not apply to kind subset. Remove it or change the kind.";
        }

        foreach (var (key, value) in new[] { ("train", Train), ("test", Test) })
        {
            var least = Kind == StageKind.Learning && key == "test" ? 0 : 1;
            if (DrawsEasyAndHard && value < least)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"derive.{key} must be at least {least} (it is {value}): it is the number of {key} examples of each subset.");
            }
            else if (!DrawsEasyAndHard && value != 0)
            {
                yield return $"derive.{key} applies only to kinds split and learning. Remove it or change the kind.";
            }
        }

        if (Kind == StageKind.Subset && Indices is null)
        {
            yield return "derive.indices is missing: give a file with one index per line, a CSV with an index column, or an .npy array.";
        }

        if (Kind != StageKind.Subset && (Indices is not null || TestIndices is not null))
        {
            yield return "derive.indices and derive.testIndices apply only to kind subset. Remove them or change the kind.";
        }

        if (By is { } by && !Enum.IsDefined(by))
        {
            yield return $"unknown derive.by '{by}'. One of: first-learned, last-unlearned.";
        }

        if (Kind != StageKind.Learning && By is not null)
        {
            yield return "derive.by applies only to kind learning. Remove it or change the kind.";
        }

        if (Kind != StageKind.Labels && Confidence is not null)
        {
            yield return "derive.confidence applies only to kind labels. Remove it or change the kind.";
        }

        if (Kind != StageKind.Suspects && (Second is not null || Score is not null))
        {
            yield return "derive.second and derive.score apply only to kind suspects. Remove them or change the kind.";
        }

        if (Second is { } second && DataFolder.IsName(second))
        {
            yield return $"derive.second must be the path of a completed run's folder (got '{second}'): a stage waits for derive.from only.";
        }

        if (Score is not null && LabelQuality.LabelScoreCatalog.All.FirstOrDefault(score => score.Name == Score) is var chosen)
        {
            if (chosen is null)
            {
                yield return $"derive.score: {LabelQuality.LabelScoreCatalog.Failure(Score)}";
            }
            else if (chosen.NeedsSecondRun && Second is null)
            {
                yield return $"derive.second is missing: the score '{Score}' compares two runs. Name a second run with the same labels.";
            }
        }

        if (Confidence is not (null or (>= 0 and <= 1)))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"derive.confidence must be between 0 and 1 (it is {Confidence}): it is the probability of a correction.");
        }
    }

    /// <summary>Whether <see cref="From"/> names a run of the same experiment, not the path of a run folder.</summary>
    internal bool IsFromExperiment => From.Length > 0 && DataFolder.IsName(From);
}
