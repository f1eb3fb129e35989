using Cgh.Core;
using Cgh.ServiceDefaults;

namespace Cgh.DataPrep.Service;

/// <summary>Settings of the DataPrep service, section <c>DataPrep</c>.</summary>
public sealed record DataPrepOptions
{
    public const string Section = "DataPrep";

    /// <summary>
    /// Folders below which the dashboard may read images, separated by ':' (on Windows by ';'); by default <c>sources</c> in the data folder and
    /// <see cref="InstalledDatasets"/>.
    /// </summary>
    public string? Roots { get; init; }

    /// <summary>Where Debian's packages put datasets.</summary>
    public const string InstalledDatasets = "/usr/share/datasets";

    /// <summary>Reads and validates the section.</summary>
    /// <exception cref="UserErrorException">A setting is unknown or invalid.</exception>
    public static DataPrepOptions Read(IConfiguration configuration)
    {
        SettingNames.Check<DataPrepOptions>(configuration.GetSection(Section));
        var options = configuration.GetSection(Section).Get<DataPrepOptions>() ?? new DataPrepOptions();
        return options.RootList()?.FirstOrDefault(root => !Path.IsPathFullyQualified(root)) is { } relative
            ? throw UserErrorException.Usage($"{Section}:{nameof(Roots)} must be absolute paths, separated by '{Path.PathSeparator}' (one is '{relative}').")
            : options;
    }

    /// <summary>The folders of <see cref="Roots"/>; null if it is not set.</summary>
    internal IReadOnlyList<string>? RootList() =>
        Roots?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
