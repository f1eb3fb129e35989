using Cgh.Core.Experiments;
using Cgh.DataPrep.Demo;
using Cgh.Tests;

namespace Cgh.DataPrep.Tests;

/// <summary>A small folder in ImageNet's layout: 3 classes, 12 training and 6 validation images of 16 x 16.</summary>
internal static class TestSource
{
    public static DemoImages Images { get; } = new() { Classes = 3, Train = 12, Test = 6, Side = 16, Seed = 5 };

    public static string Make(TemporaryFolder folder, string name = "source")
    {
        DemoImageWriter.Write(folder[name], Images);
        return folder[name];
    }

    /// <summary>The bytes of every file below a folder, by relative path.</summary>
    public static SortedDictionary<string, byte[]> Content(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllBytes),
        StringComparer.Ordinal);
}
