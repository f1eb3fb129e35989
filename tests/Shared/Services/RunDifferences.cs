using Cgh.Core.Runs;

namespace Cgh.Tests;

/// <summary>Compares a disturbed run with an undisturbed one.</summary>
public static class RunDifferences
{
    /// <summary>Differences between two run folders: final weights and curves (byte for byte) and final results.</summary>
    public static IEnumerable<string> Between(RunFolder expected, RunFolder actual)
    {
        foreach (var curve in Curves.Known.Append(Curves.CoherenceLayers))
        {
            if (Content(expected) != Content(actual))
            {
                yield return $"{actual.Csv(curve)} differs.";
            }

            string? Content(RunFolder folder) => File.Exists(folder.Csv(curve)) ? File.ReadAllText(folder.Csv(curve)) : null;
        }

        if (!File.ReadAllBytes(expected.Model).AsSpan().SequenceEqual(File.ReadAllBytes(actual.Model)))
        {
            yield return $"{actual.Model} differs.";
        }

        var results = (expected.Load().Result!, actual.Load().Result!);
        if (results.Item2 is null || !results.Item1.OrderBy(set => set.Key).SequenceEqual(results.Item2.OrderBy(set => set.Key)))
        {
            yield return $"The final figures in {actual.Record} differ.";
        }
    }

    /// <summary>Differences between the curves of a run folder and those in the run store.</summary>
    public static async IAsyncEnumerable<string> WithStoreAsync(SeparateServices services, RunId run, RunFolder expected)
    {
        foreach (var curve in Curves.Known)
        {
            var rows = expected.ReadCurve(curve);
            var stored = (await services.Store.ReadRowsAsync(run, curve)).Rows;
            if (rows.Count != stored.Count || rows.Zip(stored).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                yield return $"Curve {curve} of {run} in the store ({stored.Count} rows) differs from its CSV ({rows.Count} rows).";
            }
        }
    }
}
