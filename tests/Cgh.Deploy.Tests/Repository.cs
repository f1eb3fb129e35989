using System.Reflection;

namespace Cgh.Deploy.Tests;

/// <summary>Files of the repository.</summary>
internal static class Repository
{
    public static string Azure => Path("deploy/azure");

    private static string Root { get; } = Metadata("Cgh.Repository")!;

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(Path(relative));

    /// <summary>A value that the build put into this assembly; null if it did not.</summary>
    public static string? Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().SingleOrDefault(metadata => metadata.Key == key)?.Value;
}
