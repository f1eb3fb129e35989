using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Core.Runs;

/// <summary>
/// The curves of a run. Each is a CSV of the run folder, named as the authors' code names it, and a list in the run store.
/// </summary>
public static class Curves
{
    public const string Train = "train";
    public const string Pristine = "pristine";
    public const string Corrupt = "corrupt";
    public const string TrainSample = "train_sample";
    public const string Test = "test";

    /// <summary>The four evaluation sets.</summary>
    public static IReadOnlyList<string> EvaluationSets { get; } = [Pristine, Corrupt, TrainSample, Test];

    public static IReadOnlyList<string> All { get; } = [Train, .. EvaluationSets];

    /// <summary>Columns of train.csv.</summary>
    public const string TrainHeader = "epoch,step,count,loss";

    /// <summary>Columns of the four others; accuracies in percent.</summary>
    public const string EvaluationHeader = "epoch,count,loss,acc1,acc5";

    /// <summary>Columns of <paramref name="curve"/>'s CSV.</summary>
    public static string Header(string curve) => curve == Train ? TrainHeader : EvaluationHeader;
}

/// <summary>Names of the files in a run folder.</summary>
public sealed record RunFolder(string Path)
{
    public string Record => System.IO.Path.Combine(Path, "run.json");

    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Final weights, with torchvision's parameter names.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.safetensors");

    public string TensorBoard => System.IO.Path.Combine(Path, "tensorboard");

    /// <summary>Held open by the process that writes the folder.</summary>
    public string Lock => System.IO.Path.Combine(Path, ".lock");

    /// <summary>Holds the number of the newest attempt that was begun here; whoever has an older one writes nothing more.</summary>
    public string Newest => System.IO.Path.Combine(Path, ".attempt");

    public string Csv(string curve) => System.IO.Path.Combine(Path, curve + ".csv");

    public bool Exists => File.Exists(Record);

    /// <summary>Reads run.json.</summary>
    /// <exception cref="UserErrorException">There is no run in this folder.</exception>
    public RunRecord Load() => !Exists
        ? throw new UserErrorException($"{Path} holds no run (no run.json). Give the folder of a run, such as data/experiments/EXPERIMENT/RUN.")
        : CghJson.Load<RunRecord>(Record) is { Spec: not null, Attempts: not null } record
            ? record
            : throw new UserErrorException($"{Record} is not readable: it names no spec or no attempts. Restore it or make it again.");

    /// <summary>Number of the newest attempt that was begun here; 0 before the first.</summary>
    /// <exception cref="UserErrorException">run.json cannot be read.</exception>
    public int NewestAttempt() => Math.Max(ClaimedAttempt(), Exists && Load().Attempts is [.., var last] ? last.Number : 0);

    /// <summary>Number of the newest attempt that said so in <see cref="Newest"/>; 0 before the first.</summary>
    public int ClaimedAttempt()
    {
        try
        {
            return int.TryParse(SharedFile.ReadText(Newest), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Says that <paramref name="attempt"/> is the newest one; false when a newer one has said so.</summary>
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

    /// <summary>The rows of a curve as numbers, in the order of the CSV's columns; none when the file is absent.</summary>
    /// <exception cref="UserErrorException">A row is damaged.</exception>
    public IReadOnlyList<double[]> ReadCurve(string curve)
    {
        if (!File.Exists(Csv(curve)))
        {
            return [];
        }

        // The last line may be half-written by a trainer that is at it.
        var text = SharedFile.ReadText(Csv(curve));
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        try
        {
            return [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(ParseRow)];
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"{Csv(curve)} is damaged: {AtomicFile.FirstLine(error)} Restore it, or delete the run's folder and train anew.", error);
        }
    }

    /// <summary>One CSV row as numbers.</summary>
    public static double[] ParseRow(string line) =>
        [.. line.TrimEnd('\r').Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
}
