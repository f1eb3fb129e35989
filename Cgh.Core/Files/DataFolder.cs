namespace Cgh.Core.Files;

/// <summary>The folder of all persistent data. Datasets and experiments can be moved out of it.</summary>
/// <param name="Root">Absolute path of the folder; by default it holds <c>datasets/NAME/</c> and <c>experiments/RECIPE-TIME/RUN/</c>.</param>
public sealed record DataFolder(string Root)
{
    /// <summary>Environment variable for the data folder. A command-line option takes precedence.</summary>
    public const string Variable = "CGH_DATA";

    /// <summary>Environment variable for the folder of datasets, such as on a separate disk.</summary>
    public const string DatasetsVariable = "CGH_DATASETS";

    /// <summary>Environment variable for the folder of experiments, such as on a network share.</summary>
    public const string ExperimentsVariable = "CGH_EXPERIMENTS";

    /// <summary>Absolute path of the folder that holds one folder per dataset.</summary>
    public string Datasets { get; init; } = Path.Combine(Root, "datasets");

    /// <summary>Absolute path of the folder for images that are yet to be packed: generated ones, and named sources that were downloaded.</summary>
    public string Sources => Path.Combine(Root, "sources");

    /// <summary>Absolute path of the folder that holds one folder per experiment.</summary>
    public string Experiments { get; init; } = Path.Combine(Root, "experiments");

    /// <summary>
    /// Returns the folder that <paramref name="option"/> names, else <c>CGH_DATA</c>, else <c>data</c> in the working directory.
    /// <c>CGH_DATASETS</c> and <c>CGH_EXPERIMENTS</c> apply in every case: an attempt inherits the environment of its service and must
    /// find the same folders.
    /// </summary>
    public static DataFolder Resolve(string? option = null)
    {
        var folder = new DataFolder(Path.GetFullPath(FirstNonEmpty(option, Environment.GetEnvironmentVariable(Variable)) ?? "data"));
        return folder with
        {
            Datasets = Path.GetFullPath(FirstNonEmpty(Environment.GetEnvironmentVariable(DatasetsVariable)) ?? folder.Datasets),
            Experiments = Path.GetFullPath(FirstNonEmpty(Environment.GetEnvironmentVariable(ExperimentsVariable)) ?? folder.Experiments),
        };
    }

    /// <summary>Creates the folder. A program that is going to write there fails now rather than at the first experiment.</summary>
    /// <exception cref="UserErrorException">The folder cannot be created or written to.</exception>
    public void EnsureWritable()
    {
        try
        {
            Directory.CreateDirectory(Root);
            using var probe = new FileStream(
                Path.Combine(Root, $".{Guid.NewGuid():n}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot use the data folder {Root}: {UserText.FirstLine(error)} Choose another with --data.", error);
        }
    }

    /// <summary>
    /// Returns the folder of a dataset, given its name or a path: anything with a separator, or an existing folder if no dataset has that name.
    /// </summary>
    public string Dataset(string nameOrPath) => Locate(nameOrPath, Datasets);

    /// <summary>Returns the folder of an experiment, given its id or a path, as for <see cref="Dataset"/>.</summary>
    public string Experiment(string idOrPath) => Locate(idOrPath, Experiments);

    /// <summary>
    /// Whether a name can be used for a folder: 1 to 128 letters, digits, dots, dashes and underscores, not starting with a dot or a dash.
    /// On Windows, reserved names are excluded too.
    /// </summary>
    public static bool IsName(string name) => IsName(name, OperatingSystem.IsWindows());

    internal static bool IsName(string name, bool onWindows) =>
        name.Length is > 0 and <= 128
        && name[0] is not ('.' or '-')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        && !(onWindows && IsReservedOnWindows(name));

    // Windows strips a trailing dot, and treats a device name as that device whatever its extension.
    private static bool IsReservedOnWindows(string name) =>
        name[^1] == '.'
        || name.Split('.')[0].ToUpperInvariant()
            is "CON" or "PRN" or "AUX" or "NUL" or ['C', 'O', 'M', >= '0' and <= '9'] or ['L', 'P', 'T', >= '0' and <= '9'];

    private static string? FirstNonEmpty(params ReadOnlySpan<string?> paths)
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
