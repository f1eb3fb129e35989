using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>Writes the labels and the names of the images of a split.</summary>
internal static class SplitIndex
{
    public static void WriteLabels(string path, IEnumerable<int> labels) => NpyFile.WriteInt64(path, labels.Select(label => (long)label).ToArray());

    public static void WriteNames(string path, IEnumerable<string> names) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        foreach (var name in names)
        {
            writer.WriteLine(name);
        }
    });
}
