using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>How a label set was made: <c>labels/NAME.json</c>.</summary>
public sealed record LabelSetInfo
{
    public required string Name { get; init; }

    /// <summary>Share of the training examples whose label was drawn anew, 0 to 1.</summary>
    public double Fraction { get; init; }

    public uint Seed { get; init; }

    /// <summary>Examples whose label differs from the original.</summary>
    public int Corrupt { get; init; }

    /// <summary>Examples whose label is the original one, redrawn or not.</summary>
    public int Pristine { get; init; }

    public DateTimeOffset Created { get; init; }
}

/// <summary>Labels of a dataset's training split, and which examples each evaluation set looks at.</summary>
public sealed class LabelSet
{
    /// <summary>Name of the label set that every dataset has: the labels as they came.</summary>
    public const string Original = "original";

    private LabelSet(LabelSetInfo info, long[] labels, EvaluationExamples examples)
    {
        Info = info;
        Labels = labels;
        Examples = examples;
    }

    public LabelSetInfo Info { get; }

    /// <summary>One label per training example.</summary>
    public long[] Labels { get; }

    /// <summary>Which training examples form the pristine, corrupt and train-sample sets.</summary>
    public EvaluationExamples Examples { get; }

    public static string ValuesPath(string dataset, string name) => Path.Combine(dataset, "labels", name + ".npy");

    public static string InfoPath(string dataset, string name) => Path.Combine(dataset, "labels", name + ".json");

    /// <summary>The name that a label set gets when none is given, such as <c>noise-0.5-seed-0</c>.</summary>
    public static string DefaultName(double fraction, uint seed) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"noise-{fraction}-seed-{seed}");

    /// <summary>Draws a label set by the authors' procedure and writes it into the dataset's folder.</summary>
    /// <exception cref="UserErrorException">The fraction is outside 0 to 1, the name is not one, or another label set has it.</exception>
    public static LabelSet Create(Dataset dataset, double fraction, uint seed, string? name = null)
    {
        if (!(fraction is >= 0 and <= 1))
        {
            throw UserErrorException.Usage($"The noise fraction must lie between 0 and 1 (it is {fraction}): it is the share of training labels drawn anew.");
        }

        name ??= DefaultName(fraction, seed);
        if (!DataFolder.IsName(name) || name == Original)
        {
            throw UserErrorException.Usage($"'{name}' cannot name a label set: use letters, digits, '.', '-' and '_', and not '{Original}'.");
        }

        if (File.Exists(InfoPath(dataset.Folder, name)))
        {
            var existing = CghJson.Load<LabelSetInfo>(InfoPath(dataset.Folder, name));
            return existing.Fraction == fraction && existing.Seed == seed
                ? Load(dataset, name)
                : throw new UserErrorException($"Label set '{name}' of {dataset.Folder} exists already with fraction {existing.Fraction} and seed {existing.Seed}. Choose another --name.");
        }

        var original = dataset.OriginalLabels(Split.Train);
        var draw = LabelNoise.Draw(original, dataset.Manifest.Classes.Count, fraction, seed);
        var corrupt = LabelNoise.CountCorrupt(original, draw.Labels);
        var info = new LabelSetInfo
        {
            Name = name,
            Fraction = fraction,
            Seed = seed,
            Corrupt = corrupt,
            Pristine = original.Length - corrupt,
            Created = DateTimeOffset.UtcNow,
        };
        Directory.CreateDirectory(Path.Combine(dataset.Folder, "labels"));
        NpyFile.WriteInt64(ValuesPath(dataset.Folder, name), draw.Labels);
        CghJson.Save(InfoPath(dataset.Folder, name), info);
        return new LabelSet(info, draw.Labels, draw.Examples);
    }

    /// <summary>Reads a label set; its evaluation examples are drawn again from its seed, as they were when it was made.</summary>
    /// <exception cref="UserErrorException">There is no such label set, or it does not fit the dataset.</exception>
    public static LabelSet Load(Dataset dataset, string name)
    {
        var original = dataset.OriginalLabels(Split.Train);
        var classes = dataset.Manifest.Classes.Count;
        if (name == Original)
        {
            var unchanged = new LabelSetInfo { Name = Original, Pristine = original.Length };
            return new LabelSet(unchanged, original, LabelNoise.Draw(original, classes, fraction: 0, seed: 0).Examples);
        }

        if (!File.Exists(InfoPath(dataset.Folder, name)))
        {
            throw UserErrorException.Usage($"{dataset.Folder} has no label set '{name}'.{NearestName.Suggest(name, dataset.LabelSetNames())} Make it with: Cgh.DataPrep noise {dataset.Folder} --fraction F --seed S --name {name}");
        }

        var info = CghJson.Load<LabelSetInfo>(InfoPath(dataset.Folder, name));
        var labels = dataset.CheckedLabels(ValuesPath(dataset.Folder, name), original.Length);
        var draw = LabelNoise.Draw(original, classes, info.Fraction, info.Seed);
        return draw.Labels.AsSpan().SequenceEqual(labels)
            ? new LabelSet(info, labels, draw.Examples)
            : throw new UserErrorException($"{ValuesPath(dataset.Folder, name)} is not what fraction {info.Fraction} and seed {info.Seed} give: it has changed. Delete it with its .json and make it again.");
    }
}
