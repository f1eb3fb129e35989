using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class CoherenceRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CoherenceRunTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_WithCoherence_HasTheWeightsAndCurvesOfARunWithout()
    {
        var with = Train("with", "rm3", every: 2);
        var without = Train("without", "rm3", every: 0);

        Assert.Equal(File.ReadAllBytes(without.Model), File.ReadAllBytes(with.Model));
        Assert.All(Curves.All, curve => Assert.Equal(File.ReadAllText(without.Csv(curve)), File.ReadAllText(with.Csv(curve))));
        Assert.All(Curves.CoherenceSets, curve => Assert.False(File.Exists(without.Csv(curve))));

        // Epochs 0 and 2, and the last evaluation; a set of fewer examples is used whole.
        Assert.All(Curves.CoherenceSets, curve => Assert.Equal([0, 2, 3], with.ReadCurve(curve).Select(row => row[0])));
        Assert.All(with.ReadCurve(Curves.Coherence), row => Assert.Equal((12, row[3]), (row[1], 1 + (11 * row[2])), Close));
        Assert.NotEmpty(with.ReadCurve(Curves.CoherenceEstimate));
        var layers = File.ReadAllLines(with.Csv(Curves.CoherenceLayers));
        Assert.Equal(Curves.CoherenceLayersHeader, layers[0]);
        Assert.StartsWith("0,all,conv1,12,", layers[1], StringComparison.Ordinal);
        Assert.Contains(layers, row => row.StartsWith("3,corrupt,fc,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("m3")]
    public void Resume_RunWithCoherenceKilled_EqualsAnUndisturbedOne(string rule)
    {
        var undisturbed = Train("undisturbed", rule, every: 1);
        using (var process = TrainerProcess.Start([.. Arguments(rule, every: 1), "--out", _folder["killed"], "--supervised"]))
        {
            // A checkpoint follows an epoch, and a row of an evaluation the epoch.
            while (process.NextEvent() is not (null or AttemptRows { Curve: Curves.Coherence, First: > 0 }))
            {
            }

            process.Kill();
            process.Finish();
        }

        var killed = new RunFolder(_folder["killed/run"]);
        Assert.Equal((0, ""), TrainerProcess.Run("resume", killed.Path) is var (exitCode, _, errors) ? (exitCode, errors) : default);

        Assert.Equal(2, killed.Load().Attempts.Count);
        RunComparison.AssertSame(undisturbed, killed);
    }

    private static bool Close((double Count, double Coherence) expected, (double Count, double Coherence) actual) =>
        expected.Count == actual.Count && Math.Abs(expected.Coherence - actual.Coherence) < 1e-9;

    private RunFolder Train(string name, string rule, int every)
    {
        var (exitCode, _, errors) = TrainerProcess.Run([.. Arguments(rule, every), "--out", _folder[name]]);
        Assert.Equal((0, ""), (exitCode, errors));
        return new RunFolder(_folder[name + "/run"]);
    }

    private string[] Arguments(string rule, int every)
    {
        CghJson.Save(_folder["spec.json"], TinyRun.Spec(rule) with
        {
            Dataset = _folder["tiny"],
            CoherenceEvery = every,
            CoherenceExamples = every == 0 ? 0 : 12,
            CheckpointMinutes = 1e-6,
            LogEvery = 2,
        });
        return ["train", "--spec", _folder["spec.json"]];
    }
}
