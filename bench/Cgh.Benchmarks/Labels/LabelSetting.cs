using Cgh.Core.Experiments;

namespace Cgh.Benchmarks.Labels;

/// <summary>How the labels of a benchmark are made wrong.</summary>
internal enum WrongLabels
{
    /// <summary>Redrawn from all classes.</summary>
    Uniform,

    /// <summary>Class c becomes c + 1.</summary>
    PairFlip,

    /// <summary>The class that a weak model finds most probable after the right one, at the images where it is most likely to be wrong.</summary>
    WeakModel,
}

/// <summary>Images, kind and share of wrong labels, and seed: what one trial of the benchmark measures.</summary>
internal sealed record LabelSetting(string Images, WrongLabels Kind, double Share, uint Seed)
{
    /// <summary>All settings, the first seed of each first.</summary>
    public static IReadOnlyList<LabelSetting> All { get; } =
    [
        .. from seed in Enumerable.Range(0, 3)
           from noise in new[]
           {
               (WrongLabels.Uniform, 0.1), (WrongLabels.Uniform, 0.2), (WrongLabels.PairFlip, 0.2), (WrongLabels.WeakModel, 0.1),
               (WrongLabels.Uniform, 0.05), (WrongLabels.Uniform, 0.4), (WrongLabels.WeakModel, 0.2),
           }
           from images in new[] { "fashion", "generated" }
           select new LabelSetting(images, noise.Item1, noise.Item2, (uint)seed),
    ];

    /// <summary>The rules to judge with. Each takes time: one seed says whether M3 adds anything, and one setting whether RM3 differs from it.</summary>
    public IReadOnlyList<string> Rules =>
        Seed > 0 ? ["sgd"] : (Kind, Share) == (WrongLabels.Uniform, 0.1) ? ["sgd", "m3", "rm3"] : ["sgd", "m3"];

    /// <summary>Name of its folder.</summary>
    public string Name => FormattableString.Invariant($"{Images}-{LabelNoiseName}-{Share}-{Seed}");

    /// <summary>The packed images. Only the training images beyond <see cref="Train"/> are for testing: more would cost time and change nothing.</summary>
    public DatasetRequest Packed => Images == "fashion"
        ? new DatasetRequest
        {
            Name = "fashion-packed",
            Source = "fashion-mnist",
            PerClass = 1020,
            Side = 16,
            ShortSide = 16,
        }
        : new DatasetRequest { Name = "generated-packed", Demo = new() { Classes = 20, Train = 4200, Test = 20, Side = 16, Seed = 0, Noise = 0.6 } };

    /// <summary>Number of training images, the first of each class.</summary>
    public int Train => Images == "fashion" ? 10_000 : 4000;

    private string LabelNoiseName => Kind switch
    {
        WrongLabels.Uniform => "uniform",
        WrongLabels.PairFlip => "pair",
        _ => "weak",
    };
}
