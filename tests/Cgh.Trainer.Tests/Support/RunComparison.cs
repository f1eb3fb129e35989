using Cgh.Core.Runs;

namespace Cgh.Trainer.Tests.Support;

internal static class RunComparison
{
    /// <summary>Asserts that final weights, curves and tracking files are byte-identical.</summary>
    public static void AssertSame(RunFolder expected, RunFolder actual)
    {
        foreach (var curve in Curves.Known.Append(Curves.CoherenceLayers))
        {
            Assert.Equal(Content(expected), Content(actual));

            string? Content(RunFolder folder) => File.Exists(folder.Csv(curve)) ? File.ReadAllText(folder.Csv(curve)) : null;
        }

        Assert.Equal(TrackingFiles(expected), TrackingFiles(actual));
        Assert.True(File.ReadAllBytes(expected.Model).AsSpan().SequenceEqual(File.ReadAllBytes(actual.Model)), "The final weights differ.");
        Assert.Equal(expected.Load().Result, actual.Load().Result);
    }

    // Names and contents of the tracking files, and of what was derived from them.
    private static IEnumerable<(string Name, string Content)> TrackingFiles(RunFolder run)
    {
        var tracking = Path.Combine(run.Path, "tracking");
        var files = Directory.Exists(tracking) ? Directory.GetFiles(tracking) : [];
        return files
            .Concat(Directory.GetFiles(run.Path, "learning.*"))
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(File.ReadAllBytes(file))))
            .Order();
    }
}
