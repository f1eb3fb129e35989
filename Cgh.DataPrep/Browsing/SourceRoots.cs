using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Service;

namespace Cgh.DataPrep.Browsing;

/// <summary>
/// The folders that a dashboard may read images from. It may be open to others, so a path that it names must lie below one of them, after its links
/// are resolved.
/// </summary>
internal sealed class SourceRoots
{
    // Of Linux; Windows allows longer ones, which are not needed.
    private const int MaxPathLength = 4095;

    private readonly IReadOnlyList<string> _configured;

    public SourceRoots(DataFolder data, DataPrepOptions options) =>
        _configured = options.RootList() ?? [data.Sources, DataPrepOptions.InstalledDatasets];

    /// <summary>The roots that exist, with links resolved.</summary>
    public IReadOnlyList<string> Existing() => [.. _configured.Select(Find).OfType<string>().Where(Directory.Exists).Distinct(StringComparer.Ordinal)];

    /// <summary>Returns a request with the links of its paths resolved.</summary>
    /// <exception cref="UserErrorException">One of them is not below a root, does not exist or cannot be read.</exception>
    public DatasetRequest Allow(DatasetRequest request) => request with
    {
        Source = Resolve(request.Source ?? ""),
        ValLabels = request.ValLabels is { Length: > 0 } labels ? Resolve(labels) : null,
        ClassNames = request.ClassNames is { Length: > 0 } names ? Resolve(names) : null,
    };

    /// <summary>Returns a path with its links resolved.</summary>
    /// <exception cref="UserErrorException">It is not below a root, does not exist or cannot be read.</exception>
    public string Resolve(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw UserErrorException.Usage("The path is empty. Choose a folder.");
        }

        if (path.Length > MaxPathLength)
        {
            throw UserErrorException.Usage($"The path has {path.Length} characters; at most {MaxPathLength} are allowed.");
        }

        var shown = UserText.Shortened(path, 200);
        if (path.Any(char.IsControl))
        {
            throw UserErrorException.Usage($"'{shown}' contains a control character. Rename the folder or choose another.");
        }

        if (!Path.IsPathFullyQualified(path) || path.Split('/', '\\').Contains(".."))
        {
            throw UserErrorException.Usage($"'{shown}' is not an absolute path without '..'. {Allowed()}");
        }

        // Whether something exists outside the roots is not for the dashboard to know, so one message says both.
        return Find(path) is { } found && IsAllowed(found)
            ? found
            : throw UserErrorException.NotFound($"There is no {shown} below an allowed folder. {Allowed()}");
    }

    /// <summary>Whether a path without links is a root or below one.</summary>
    public bool IsAllowed(string path) => Existing().Any(root => IsWithin(path, root));

    private static bool IsWithin(string path, string root) =>
        path == root || path.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? Find(string path)
    {
        try
        {
            return RealPath.Of(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Allowed() =>
        $"Images may be read from {UserText.Join(_configured)}; DataPrep__Roots (a setting of the DataPrep service) allows others.";
}
