using Cgh.Core.Runs;

namespace Cgh.Trainer.Tests.Support;

internal static class RunComparison
{
    /// <summary>Asserts that final weights and curves are byte-identical.</summary>
    public static void AssertSame(RunFolder expected, RunFolder actual)
    {
        foreach (var curve in Curves.Known.Append(Curves.CoherenceLayers))
        {
            Assert.Equal(Content(expected), Content(actual));

            string? Content(RunFolder folder) => File.Exists(folder.Csv(curve)) ? File.ReadAllText(folder.Csv(curve)) : null;
        }

        Assert.True(File.ReadAllBytes(expected.Model).AsSpan().SequenceEqual(File.ReadAllBytes(actual.Model)), "The final weights differ.");
        Assert.Equal(expected.Load().Result, actual.Load().Result);
    }
}
