using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.Core.Datasets;

/// <summary>
/// A public source that recipes and <c>pack</c> refer to by name. It is searched in the data folder's <c>sources/NAME</c>, then where packages install it.
/// </summary>
/// <param name="Name">Its name. A folder of this name in the working directory is <c>./NAME</c>.</param>
/// <param name="Counts">Its classes and images, for planning.</param>
/// <param name="InstalledIn">Folder of an installed package; null if there is none.</param>
/// <param name="HowToGet">Where to get it: a clause that continues with "to" and a folder.</param>
public sealed record NamedSource(string Name, DatasetCounts Counts, string? InstalledIn, string HowToGet)
{
    /// <summary>Every named source.</summary>
    public static IReadOnlyList<NamedSource> All { get; } =
    [
        new(
            "fashion-mnist",
            new DatasetCounts { Classes = 10, Train = 60_000, Test = 10_000 },
            "/usr/share/datasets/fashion-mnist",
            "On Debian: apt install dataset-fashion-mnist. Elsewhere: download the four .gz files in data/fashion of "
                + "https://github.com/zalandoresearch/fashion-mnist"),
        new(
            "cifar10",
            new DatasetCounts { Classes = 10, Train = 50_000, Test = 10_000 },
            null,
            "Download https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"),
        new(
            "cifar100",
            new DatasetCounts { Classes = 100, Train = 50_000, Test = 10_000 },
            null,
            "Download https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"),
    ];

    // CIFAR-100's other labels.
    private const int CoarseClasses = 20;

    /// <summary>Returns the source of this name, or null.</summary>
    public static NamedSource? Find(string? name) => All.FirstOrDefault(source => source.Name == name);

    /// <summary>Returns the folder of a named source; anything else is a path and returned as it is.</summary>
    /// <exception cref="UserErrorException">The named source is missing; the message says where to get it.</exception>
    public static string Resolve(string nameOrPath, DataFolder data) => Find(nameOrPath) is { } source ? source.Locate(data) : nameOrPath;

    /// <summary>The number of classes and images that a dataset request selects.</summary>
    public DatasetCounts CountsOf(DatasetRequest request)
    {
        var all = request.Coarse && Counts.Classes > CoarseClasses ? CoarseClasses : Counts.Classes;
        var classes = Math.Min(request.Classes ?? all, all);
        int Selected(int images) => classes * Math.Min(request.PerClass ?? int.MaxValue, images / all);
        return new DatasetCounts { Classes = classes, Train = Selected(Counts.Train), Test = Selected(Counts.Test) };
    }

    /// <summary>Where it was looked for and where to get it; null if it is there.</summary>
    public string? Missing(DataFolder data) => Places(data).Any(IsFilled)
        ? null
        : $"There is no '{Name}' in {string.Join(" or ", Places(data))}. {HowToGet} to {Places(data)[0]}."
            + (Directory.Exists(Name) ? $" For the folder '{Name}' in the working directory, write ./{Name}." : "");

    private static bool IsFilled(string place) => Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any();

    private string Locate(DataFolder data) =>
        Missing(data) is { } missing ? throw UserErrorException.NotFound(missing) : Places(data).First(IsFilled);

    private string[] Places(DataFolder data)
    {
        var own = Path.Combine(data.Sources, Name);
        return InstalledIn is null ? [own] : [own, InstalledIn];
    }
}
