namespace Cgh.Core.Files;

/// <summary>The one folder that everything the product keeps lies under.</summary>
/// <param name="Root">Absolute path; holds <c>datasets/NAME/</c> and <c>experiments/RECIPE-TIME/RUN/</c>.</param>
public sealed record DataFolder(string Root)
{
    /// <summary>The environment variable that names the folder where no option does.</summary>
    public const string Variable = "CGH_DATA";

    public string Datasets => Path.Combine(Root, "datasets");

    public string Sources => Path.Combine(Root, "sources");

    public string Experiments => Path.Combine(Root, "experiments");

    /// <summary><paramref name="option"/> if given, else <c>CGH_DATA</c>, else <c>data</c> in the working directory.</summary>
    public static DataFolder Resolve(string? option = null)
    {
        var chosen = new[] { option, Environment.GetEnvironmentVariable(Variable) }.FirstOrDefault(path => !string.IsNullOrWhiteSpace(path)) ?? "data";
        return new DataFolder(Path.GetFullPath(chosen));
    }

    /// <summary>Folder of a dataset given by its name, or by a path (anything with a separator, or a folder that exists).</summary>
    public string Dataset(string nameOrPath) => Locate(nameOrPath, Datasets);

    /// <summary>Folder of an experiment given by its id, or by a path.</summary>
    public string Experiment(string idOrPath) => Locate(idOrPath, Experiments);

    /// <summary>A name that is one folder name: letters, digits, dot, dash and underscore, not starting with a dot or dash.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 128 && name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static string Locate(string nameOrPath, string folder)
    {
        var isPath = nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        var named = Path.Combine(folder, nameOrPath);
        return isPath || (!Directory.Exists(named) && Directory.Exists(nameOrPath)) ? Path.GetFullPath(nameOrPath) : named;
    }
}
