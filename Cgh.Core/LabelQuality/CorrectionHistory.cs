using Cgh.Core.Files;

namespace Cgh.Core.LabelQuality;

/// <summary>A corrected label set, and what was trained on it.</summary>
public sealed record LabelCorrectionRecord
{
    /// <summary>Name of the label set, in the dataset that the report is about.</summary>
    public required string LabelSet { get; init; }

    /// <summary>Number of labels that it changes.</summary>
    public required int Changed { get; init; }

    /// <summary>When the label set was created.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Id of the experiment that trains on it; null if none does.</summary>
    public string? Experiment { get; init; }
}

/// <summary><c>corrections.json</c>: the label sets that were made from the review of a report, oldest first. In the report's folder.</summary>
public sealed record CorrectionHistory
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "corrections.json";

    /// <summary>The label sets.</summary>
    public IReadOnlyList<LabelCorrectionRecord> Corrections { get; init; } = [];

    /// <summary>Reads the history of a report; empty if nothing was corrected.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static CorrectionHistory Read(string folder) =>
        Path.Combine(folder, FileName) is var path && File.Exists(path)
            ? CghJson.Load<CorrectionHistory>(path, "Restore it, or move it away: the label sets stay.")
            : new CorrectionHistory();

    /// <summary>Adds a label set, unless it is there already.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or written.</exception>
    internal static void Add(string folder, LabelCorrectionRecord correction) => Change(
        folder, known => known.Any(other => other.LabelSet == correction.LabelSet) ? known : [.. known, correction]);

    /// <summary>Records which experiment trains on a label set.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or written.</exception>
    public static void SetExperiment(string folder, string labelSet, string experiment) => Change(
        folder, known => [.. known.Select(other => other.LabelSet == labelSet ? other with { Experiment = experiment } : other)]);

    private static void Change(string folder, Func<IReadOnlyList<LabelCorrectionRecord>, IReadOnlyList<LabelCorrectionRecord>> change)
    {
        using var held = FolderLock.Take(folder, DecisionLog.LockName);
        CghJson.Save(Path.Combine(folder, FileName), new CorrectionHistory { Corrections = change(Read(folder).Corrections) });
    }
}
