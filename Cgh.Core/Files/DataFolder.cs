namespace Cgh.Core.Files;

/// <summary>The one folder that everything the product keeps lies under, unless datasets or experiments are put elsewhere.</summary>
/// <param name="Root">Absolute path; holds <c>datasets/NAME/</c> and <c>experiments/RECIPE-TIME/RUN/</c>.</param>
public sealed record DataFolder(string Root)
{
    /// <summary>The environment variable that names the folder where no option does.</summary>
    public const string Variable = "CGH_DATA";

    /// <summary>The environment variable that puts the datasets elsewhere, such as on a disk of their own.</summary>
    public const string DatasetsVariable = "CGH_DATASETS";

    /// <summary>The environment variable that puts the experiments elsewhere, such as on a share.</summary>
    public const string ExperimentsVariable = "CGH_EXPERIMENTS";

    public string Datasets { get; init; } = Path.Combine(Root, "datasets");

    public string Sources => Path.Combine(Root, "sources");

    public string Experiments { get; init; } = Path.Combine(Root, "experiments");

    /// <summary>
    /// <paramref name="option"/> if given, else <c>CGH_DATA</c>, else <c>data</c> in the working directory. Where
    /// <c>CGH_DATASETS</c> or <c>CGH_EXPERIMENTS</c> is set, these lie there, whatever the data folder is: an attempt inherits
    /// the environment of the service that starts it, and must find the same folders.
    /// </summary>
    public static DataFolder Resolve(string? option = null)
    {
        var folder = new DataFolder(Path.GetFullPath(FirstGiven(option, Environment.GetEnvironmentVariable(Variable)) ?? "data"));
        return folder with
        {
            Datasets = Path.GetFullPath(FirstGiven(Environment.GetEnvironmentVariable(DatasetsVariable)) ?? folder.Datasets),
            Experiments = Path.GetFullPath(FirstGiven(Environment.GetEnvironmentVariable(ExperimentsVariable)) ?? folder.Experiments),
        };
    }

    /// <summary>Folder of a dataset given by its name, or by a path (anything with a separator, or a folder that exists).</summary>
    public string Dataset(string nameOrPath) => Locate(nameOrPath, Datasets);

    /// <summary>Folder of an experiment given by its id, or by a path.</summary>
    public string Experiment(string idOrPath) => Locate(idOrPath, Experiments);

    /// <summary>A name that is one folder name: letters, digits, dot, dash and underscore, not starting with a dot or dash.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 128 && name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static string? FirstGiven(params ReadOnlySpan<string?> paths)
    {
        foreach (var path in paths)
        {
            if (!string.IsNullOrWhiteSpace(path))
            {
                return path;
            }
        }

        return null;
    }

    private static string Locate(string nameOrPath, string folder)
    {
        var isPath = nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        var named = Path.Combine(folder, nameOrPath);
        return isPath || (!Directory.Exists(named) && Directory.Exists(nameOrPath)) ? Path.GetFullPath(nameOrPath) : named;
    }
}
