using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Core.Runs;

/// <summary>
/// The curves of a run. Each is a CSV file in the run folder, named as in the authors' code, and a list in the run store.
/// </summary>
public static class Curves
{
    public const string Train = "train";
    public const string Pristine = "pristine";
    public const string Corrupt = "corrupt";
    public const string TrainSample = "train_sample";
    public const string Test = "test";

    /// <summary>The test set of a subset's parent, if the subset has a test set of its own.</summary>
    public const string OriginalTest = "original_test";

    /// <summary>Coherence of a sample of all training examples, if the run measures it.</summary>
    public const string Coherence = "coherence";

    /// <summary>Coherence of a sample of the examples with their original label.</summary>
    public const string CoherencePristine = "coherence_pristine";

    /// <summary>Coherence of a sample of the examples with another label.</summary>
    public const string CoherenceCorrupt = "coherence_corrupt";

    /// <summary>Coherence estimated from the gradients of groups or of consecutive mini-batches.</summary>
    public const string CoherenceEstimate = "coherence_estimate";

    /// <summary>A CSV file of a run that measures coherence: not a curve, because a column is text.</summary>
    public const string CoherenceLayers = "coherence_layers";

    /// <summary>The curves of measured coherence: all examples, pristine, corrupt.</summary>
    public static IReadOnlyList<string> CoherenceSets { get; } = [Coherence, CoherencePristine, CoherenceCorrupt];

    /// <summary>The four evaluation sets of every run.</summary>
    public static IReadOnlyList<string> EvaluationSets { get; } = [Pristine, Corrupt, TrainSample, Test];

    /// <summary>The curves of every run.</summary>
    public static IReadOnlyList<string> All { get; } = [Train, .. EvaluationSets];

    /// <summary>Curves that only some runs have.</summary>
    public static IReadOnlyList<string> Optional { get; } = [OriginalTest, .. CoherenceSets, CoherenceEstimate];

    /// <summary>All curves that a run can have.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. All, .. Optional];

    /// <summary>The evaluation sets of runs that have these curves, in the order of pages and reports: the four, then the original test set if any.</summary>
    public static IReadOnlyList<string> EvaluationSetsIn(IEnumerable<string> curves) =>
        curves.Contains(OriginalTest) ? [.. EvaluationSets, OriginalTest] : EvaluationSets;

    /// <summary>Columns of train.csv.</summary>
    public const string TrainHeader = "epoch,step,count,loss";

    /// <summary>Columns of the evaluation sets; accuracies in percent.</summary>
    public const string EvaluationHeader = "epoch,count,loss,acc1,acc5";

    /// <summary>Columns of measured coherence.</summary>
    public const string CoherenceHeader = "epoch,count,alpha,coherence";

    /// <summary>Columns of estimated coherence; k is the number of examples per gradient, alpha is corrected to one example.</summary>
    public const string CoherenceEstimateHeader = "epoch,step,k,alpha";

    /// <summary>Columns of <see cref="CoherenceLayers"/>.</summary>
    public const string CoherenceLayersHeader = "epoch,set,layer,count,alpha,coherence";

    /// <summary>Columns of <paramref name="curve"/>'s CSV.</summary>
    public static string Header(string curve) => curve switch
    {
        Train => TrainHeader,
        Coherence or CoherencePristine or CoherenceCorrupt => CoherenceHeader,
        CoherenceEstimate => CoherenceEstimateHeader,
        CoherenceLayers => CoherenceLayersHeader,
        _ => EvaluationHeader,
    };
}

/// <summary>A run folder and its files.</summary>
public sealed record RunFolder(string Path)
{
    private const int MaxReasonLength = 300;

    // Several rows of any curve.
    private const int EndLength = 1024;

    // A number above it is damage; so the next one is always valid.
    private const int MaxAttempt = 1_000_000_000;

    public string Record => System.IO.Path.Combine(Path, "run.json");

    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Final weights, with torchvision's parameter names.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.safetensors");

    public string TensorBoard => System.IO.Path.Combine(Path, "tensorboard");

    /// <summary>Kept open by the process that writes to the folder.</summary>
    public string Lock => System.IO.Path.Combine(Path, ".lock");

    /// <summary>Describes the process that holds <see cref="Lock"/>. A separate file, as a locked file cannot be read on Windows.</summary>
    public string LockHolder => Lock + ".json";

    /// <summary>Contains the number of the newest attempt; older attempts must not write to the folder.</summary>
    public string Newest => System.IO.Path.Combine(Path, ".attempt");

    public string Csv(string curve) => System.IO.Path.Combine(Path, curve + ".csv");

    public bool Exists => File.Exists(Record);

    /// <summary>Reads run.json.</summary>
    /// <exception cref="UserErrorException">The folder contains no run.</exception>
    public RunRecord Load() => !Exists
        ? throw new UserErrorException($"{Path} contains no run (no run.json). Give the folder of a run, such as data/experiments/EXPERIMENT/RUN.")
        : CghJson.Load<RunRecord>(Record) is { Spec: not null, Attempts: not null } record
            ? record
            : throw new UserErrorException($"{Record} is not readable: it has no spec or no attempts. Restore it, or delete the run folder and train again.");

    /// <summary>Number of the newest attempt in this folder; 0 before the first.</summary>
    /// <exception cref="UserErrorException">run.json cannot be read.</exception>
    public int NewestAttempt() => Math.Max(ClaimedAttempt(), Exists && Load().Attempts is [.., var last] ? Plausible(last.Number) : 0);

    /// <summary>The attempt number in <see cref="Newest"/>; 0 before the first, and if the file is damaged.</summary>
    public int ClaimedAttempt()
    {
        try
        {
            return int.TryParse(SharedFile.ReadText(Newest), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? Plausible(number)
                : 0;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static int Plausible(int attempt) => attempt is >= 0 and <= MaxAttempt ? attempt : 0;

    /// <summary>Claims the folder for <paramref name="attempt"/>; false if a newer attempt has claimed it.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public bool Claim(int attempt)
    {
        var newest = ClaimedAttempt();
        if (newest < attempt)
        {
            AtomicFile.WriteText(Newest, attempt.ToString(CultureInfo.InvariantCulture));
        }

        return newest <= attempt;
    }

    public void Save(RunRecord record) => CghJson.Save(Record, record);

    /// <summary>The rows of a curve, in the order of the CSV's columns; empty if there is no file.</summary>
    /// <exception cref="UserErrorException">A row is damaged.</exception>
    public IReadOnlyList<double[]> ReadCurve(string curve)
    {
        if (!File.Exists(Csv(curve)))
        {
            return [];
        }

        // A trainer may still be writing the last line.
        var text = SharedFile.ReadText(Csv(curve));
        var complete = text[..(text.LastIndexOf('\n') + 1)];
        return ParseRows(curve, complete.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1));
    }

    /// <summary>The last complete row of a curve, without reading those before it; null if there is none.</summary>
    /// <exception cref="UserErrorException">The row is damaged.</exception>
    public double[]? ReadLastRow(string curve)
    {
        if (!File.Exists(Csv(curve)))
        {
            return null;
        }

        var end = SharedFile.ReadEnd(Csv(curve), EndLength);
        var lines = end[..(end.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines is [] || lines[^1].TrimEnd('\r') == Curves.Header(curve) ? null : ParseRows(curve, lines[^1..])[0];
    }

    /// <summary>Parses one CSV row.</summary>
    public static double[] ParseRow(string line) =>
        [.. line.TrimEnd('\r').Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];

    private IReadOnlyList<double[]> ParseRows(string curve, IEnumerable<string> lines)
    {
        var columns = Curves.Header(curve).Split(',').Length;
        try
        {
            return
            [
                .. lines.Select(line => ParseRow(line) is var row && row.Length == columns
                    ? row
                    : throw new FormatException($"A row has {row.Length} values instead of {columns}.")),
            ];
        }
        catch (FormatException error)
        {
            throw new UserErrorException(
                $"{Csv(curve)} is damaged: {UserText.Shortened(UserText.FirstLine(error), MaxReasonLength)} "
                + "Restore it, or delete the run folder and train again.",
                error);
        }
    }
}
