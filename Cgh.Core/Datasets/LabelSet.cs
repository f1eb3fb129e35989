using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>Labels of a dataset's training split, and the examples of each evaluation set.</summary>
public sealed class LabelSet
{
    /// <summary>Name of the label set that every dataset has: the labels that came with the images.</summary>
    public const string Original = "original";

    private const int MaxSources = 16;

    private LabelSet(LabelSetInfo info, long[] labels, EvaluationExamples examples)
    {
        Info = info;
        Labels = labels;
        Examples = examples;
    }

    /// <summary>How the label set was created.</summary>
    public LabelSetInfo Info { get; }

    /// <summary>One class index per training example.</summary>
    public long[] Labels { get; }

    /// <summary>The training examples of the pristine, corrupt and train-sample sets.</summary>
    public EvaluationExamples Examples { get; }

    /// <summary>Path of the labels: int64, one per training example.</summary>
    public static string ValuesPath(string dataset, string name) => Path.Combine(dataset, "labels", name + ".npy");

    /// <summary>Path of the <see cref="LabelSetInfo"/>.</summary>
    public static string InfoPath(string dataset, string name) => Path.Combine(dataset, "labels", name + ".json");

    /// <summary>Path of the <see cref="TransitionMatrix"/> of a label set of kind transition.</summary>
    public static string MatrixPath(string dataset, string name) => Path.Combine(dataset, "labels", name + ".matrix.npy");

    /// <summary>Name of a kind in recipes, options and file names, such as <c>pair-flip</c>.</summary>
    public static string KindName(LabelNoiseKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    /// <summary>Name of a label set whose request has none, such as <c>noise-0.5-seed-0</c>; empty for imported labels, which need one.</summary>
    public static string DefaultName(LabelSetRequest request) => request.Kind switch
    {
        LabelNoiseKind.Import => "",
        LabelNoiseKind.Plant => string.Create(
            CultureInfo.InvariantCulture,
            $"{(request.From is null or Original ? "" : $"{request.From}-")}plant-{request.Fraction ?? 0}-seed-{request.Seed}"),
        LabelNoiseKind.Uniform => string.Create(CultureInfo.InvariantCulture, $"noise-{request.Fraction ?? 0}-seed-{request.Seed}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{KindName(request.Kind)}-{request.Fraction ?? 0}-seed-{request.Seed}"),
    };

    /// <summary>Generates a label set by the authors' procedure and saves it in the dataset's folder.</summary>
    /// <exception cref="UserErrorException">The fraction is not between 0 and 1, the name is invalid, or another label set has it.</exception>
    public static LabelSet Create(Dataset dataset, double fraction, uint seed, string? name = null) =>
        Create(dataset, new LabelSetRequest { Name = name ?? "", Fraction = fraction, Seed = seed });

    /// <summary>Creates a label set and saves it in the dataset's folder. If the same one exists already, it is loaded instead.</summary>
    /// <exception cref="UserErrorException">The request is invalid, a file that it names is invalid, or another label set has the name.</exception>
    public static LabelSet Create(Dataset dataset, LabelSetRequest request)
    {
        request = request.WithDefaults();
        if (request.Validate() is { } failure)
        {
            throw UserErrorException.Usage(char.ToUpperInvariant(failure[0]) + failure[1..]);
        }

        var original = dataset.OriginalLabels(Split.Train);
        var classes = dataset.Manifest.Classes;
        var matrix = request.Matrix is { } file ? TransitionMatrix.Load(file, classes.Count) : null;
        var imported = request.File is { } path ? LabelFile.Read(path, classes, original.Length, () => dataset.FileNames(Split.Train)) : null;
        var source = request.From is { } from ? Load(dataset, from).Labels : null;
        var info = new LabelSetInfo
        {
            Name = request.Name,
            Kind = request.Kind,
            Procedure = LabelNoise.Procedure,
            Fraction = request.Fraction!.Value,
            Seed = request.Seed,
            File = request.Matrix ?? request.File,
            From = request.From,
            Sha256 = matrix?.Sha256 ?? ((imported ?? source) is { } given ? ChecksumOf(given) : null),
            Created = DateTimeOffset.UtcNow,
        };
        if (LoadIfSame(dataset, info) is { } existing)
        {
            return existing;
        }

        return Save(dataset, info, original, matrix, imported ?? source);
    }

    /// <summary>Saves labels that were made from another label set. They are of kind <see cref="LabelNoiseKind.Import"/>, with its seed.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="name">Name of the new label set.</param>
    /// <param name="from">The label set that the labels were made from.</param>
    /// <param name="labels">One class index per training example.</param>
    /// <param name="decisions">The decisions that they differ by; null if no reviewer made them.</param>
    /// <returns>The label set. One with the same name, labels and source is loaded instead, whatever decisions it was made from.</returns>
    /// <exception cref="UserErrorException">The name is invalid, or a label set with other labels has it.</exception>
    public static LabelSet Derive(Dataset dataset, string name, LabelSet from, long[] labels, LabelSetDecisions? decisions = null)
    {
        var request = new LabelSetRequest { Name = name, Kind = LabelNoiseKind.Import, File = decisions?.File ?? from.Info.Name }.WithDefaults();
        if (request.Validate() is { } failure)
        {
            throw UserErrorException.Usage(char.ToUpperInvariant(failure[0]) + failure[1..]);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, from.Labels.Length);
        var info = new LabelSetInfo
        {
            Name = name,
            Kind = LabelNoiseKind.Import,
            Procedure = LabelNoise.Procedure,
            Seed = from.Info.Seed,
            File = decisions?.File,
            Sha256 = ChecksumOf(labels),
            From = from.Info.Name,
            Decisions = decisions,
            Created = DateTimeOffset.UtcNow,
        };
        return LoadIfSame(dataset, info) ?? Save(dataset, info, dataset.OriginalLabels(Split.Train), matrix: null, labels);
    }

    /// <summary>Loads a label set. Its evaluation sets are not stored, but drawn again from its seed.</summary>
    /// <exception cref="UserErrorException">The label set does not exist, was modified, or does not fit the dataset.</exception>
    public static LabelSet Load(Dataset dataset, string name) => Load(dataset, name, MaxSources);

    // A label set with planted errors is made from another one. Files that were edited by hand can form a circle.
    private static LabelSet Load(Dataset dataset, string name, int sources)
    {
        var original = dataset.OriginalLabels(Split.Train);
        var classes = dataset.Manifest.Classes.Count;
        if (name == Original)
        {
            var unchanged = new LabelSetInfo { Name = Original, Pristine = original.Length };
            return new LabelSet(unchanged, original, LabelNoise.Examples(original, original, classes, seed: 0));
        }

        if (!File.Exists(InfoPath(dataset.Folder, name)))
        {
            throw UserErrorException.Usage(
                $"{dataset.Folder} has no label set '{name}'.{NearestName.Suggest(name, dataset.LabelSetNames())} "
                + $"Create it with: Cgh.DataPrep noise {dataset.Folder} --fraction F --seed S --name {name}");
        }

        var info = LabelSetInfo.Load(InfoPath(dataset.Folder, name));
        if (info.Procedure != LabelNoise.Procedure)
        {
            throw new UserErrorException(
                $"{InfoPath(dataset.Folder, name)} was generated by procedure {info.Procedure}; this program supports procedure {LabelNoise.Procedure}. "
                + "Delete the label set and create it again.");
        }

        var labels = dataset.CheckedLabels(ValuesPath(dataset.Folder, name), original.Length);
        var isImported = info.Kind == LabelNoiseKind.Import;
        var matrix = info.Kind == LabelNoiseKind.Transition ? TransitionMatrix.Load(MatrixPath(dataset.Folder, name), classes) : null;
        var source = isImported ? labels : info is { Kind: LabelNoiseKind.Plant, From: { } from } ? LoadSource(dataset, from, name, sources).Labels : null;
        var draw = Draw(original, classes, info, matrix, source);
        return draw.Labels.AsSpan().SequenceEqual(labels) && (matrix?.Sha256 ?? (source is null ? null : ChecksumOf(source))) == info.Sha256
            ? new LabelSet(info, labels, draw.Examples)
            : throw new UserErrorException(
                $"{ValuesPath(dataset.Folder, name)} does not match {Describe(info)}: it was modified. Delete it and its .json, then create it again.");
    }

    private static LabelSet LoadSource(Dataset dataset, string name, string of, int sources) => sources > 0
        ? Load(dataset, name, sources - 1)
        : throw new UserErrorException(
            $"{InfoPath(dataset.Folder, of)}: errors were planted in '{name}', which is made from more than {MaxSources} others, or from itself. "
            + "Delete it and its .npy, then create it again.");

    private static LabelSet Save(Dataset dataset, LabelSetInfo info, long[] original, TransitionMatrix? matrix, long[]? source)
    {
        var draw = Draw(original, dataset.Manifest.Classes.Count, info, matrix, source);
        var corrupt = LabelNoise.CountCorrupt(original, draw.Labels);
        info = info with { Chosen = info.Kind != LabelNoiseKind.Import ? draw.Chosen : null, Corrupt = corrupt, Pristine = original.Length - corrupt };

        // Another process may have created it meanwhile. The info is written last: a label set without it does not exist.
        using var held = FolderLock.Take(Path.Combine(dataset.Folder, "labels"));
        if (LoadIfSame(dataset, info) is { } meanwhile)
        {
            return meanwhile;
        }

        matrix?.Save(MatrixPath(dataset.Folder, info.Name));
        NpyFile.WriteInt64(ValuesPath(dataset.Folder, info.Name), draw.Labels);
        CghJson.Save(InfoPath(dataset.Folder, info.Name), info);
        return new LabelSet(info, draw.Labels, draw.Examples);
    }

    private static LabelSet? LoadIfSame(Dataset dataset, LabelSetInfo info)
    {
        if (!File.Exists(InfoPath(dataset.Folder, info.Name)))
        {
            return null;
        }

        var existing = LabelSetInfo.Load(InfoPath(dataset.Folder, info.Name));
        return (existing.Kind, existing.Procedure, existing.Fraction, existing.Seed, existing.From, existing.Sha256)
                == (info.Kind, info.Procedure, info.Fraction, info.Seed, info.From, info.Sha256)
            ? Load(dataset, info.Name)
            : throw new UserErrorException(
                $"Label set '{info.Name}' already exists in {dataset.Folder} with {Describe(existing)}. Choose another --name.");
    }

    // The parameters that determine the labels.
    private static string Describe(LabelSetInfo info)
    {
        var drawn = string.Create(CultureInfo.InvariantCulture, $"fraction {info.Fraction} and seed {info.Seed}");
        return info.Kind switch
        {
            LabelNoiseKind.Uniform => drawn,
            LabelNoiseKind.Import when info.From is not null => $"labels made from '{info.From}' (SHA-256 {Abbreviate(info.Sha256)}) and seed {info.Seed}",
            LabelNoiseKind.Import => $"the labels of {info.File} (SHA-256 {Abbreviate(info.Sha256)}) and seed {info.Seed}",
            LabelNoiseKind.Plant => $"kind {KindName(info.Kind)} in '{info.From}' (SHA-256 {Abbreviate(info.Sha256)}), {drawn}",
            LabelNoiseKind.Transition => $"kind {KindName(info.Kind)}, the matrix of {info.File} (SHA-256 {Abbreviate(info.Sha256)}), {drawn}",
            _ => $"kind {KindName(info.Kind)}, {drawn}",
        };
    }

    // A file that was edited by hand can hold any text here, or none.
    private static string Abbreviate(string? sha256) => sha256 is { Length: > 8 } ? sha256[..8] : sha256 ?? "none";

    // The source is what was imported, or what errors are planted in.
    private static LabelDraw Draw(long[] original, int classes, LabelSetInfo info, TransitionMatrix? matrix, long[]? source) => source is null
        ? LabelNoise.Draw(original, classes, info.Kind, info.Fraction, info.Seed, matrix)
        : info.Kind == LabelNoiseKind.Plant ? LabelNoise.Plant(original, source, classes, info.Fraction, info.Seed)
        : new LabelDraw(source, Chosen: 0, LabelNoise.Examples(original, source, classes, info.Seed));

    /// <summary>SHA-256 of labels, in lower-case hexadecimal, as <see cref="LabelSetInfo.Sha256"/> has it for imported ones.</summary>
    public static string ChecksumOf(long[] labels) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(labels.AsSpan())));
}
