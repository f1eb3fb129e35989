using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class SubsetRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _pixels;
    private readonly string _encoded;

    public SubsetRunTests() => (_pixels, _encoded) = TinyImages.Create(_folder);

    public void Dispose() => _folder.Dispose();

    // The run on the encoded subset is killed and resumed.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_Subset_EqualsARunOnTheSameImagesPackedSeparately(bool isEncoded)
    {
        var parent = isEncoded ? _encoded : _pixels;
        var subset = TinySubset.Create(_folder["subset"], parent, TinySubset.Test);
        var ownTest = TinySubset.Pack(_folder["own-test"], subset, subset);
        var originalTest = TinySubset.Pack(_folder["original-test"], subset, parent);

        var actual = isEncoded ? TrainKilled(subset) : Train(subset);
        var expected = Train(ownTest);

        Assert.All(Curves.All, curve => Assert.Equal(File.ReadAllText(expected.Csv(curve)), File.ReadAllText(actual.Csv(curve))));
        Assert.Equal(File.ReadAllBytes(expected.Model), File.ReadAllBytes(actual.Model));
        Assert.False(File.Exists(expected.Csv(Curves.OriginalTest)));
        var test = Train(originalTest);
        Assert.Equal(File.ReadAllText(test.Csv(Curves.Test)), File.ReadAllText(actual.Csv(Curves.OriginalTest)));
        Assert.Equal(
            expected.Load().Result!.Append(new(Curves.OriginalTest, test.Load().Result![Curves.Test])).OrderBy(set => set.Key),
            actual.Load().Result!.OrderBy(set => set.Key));
    }

    [Fact]
    public void Train_SubsetWithoutTest_EvaluatesTheParentsTestImagesOnly()
    {
        var run = Train(TinySubset.Create(_folder["subset"], _pixels, test: null));

        Assert.Equal(TinyImages.Val, run.Load().Result![Curves.Test].Count);
        Assert.False(File.Exists(run.Csv(Curves.OriginalTest)));
    }

    [Fact]
    public void Train_SubsetOfAMissingDataset_IsRefusedInALine()
    {
        var subset = TinySubset.Create(_folder["subset"], _pixels, test: null);
        Directory.Move(_pixels, _folder["elsewhere"]);

        var (exitCode, _, errors) = TrainerProcess.Run(Arguments(subset));

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"{subset} is a subset of {_pixels}, where there is no dataset now. Restore it or, if it was moved, write its path to \"parent\" in "
            + $"{SubsetInfo.PathIn(subset)}.",
            errors.Trim());
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void Open_ShardOfTheParentModified_NamesIt()
    {
        var subset = TinySubset.Create(_folder["subset"], _pixels, TinySubset.Test);
        using (var shard = TinyImages.OpenShard(_pixels))
        {
            shard.Position = shard.Length - 1;
            shard.WriteByte(1);
        }

        var error = Assert.Throws<UserErrorException>(() => TinyRun.Open(TinyRun.Spec("sgd"), subset));

        Assert.StartsWith($"{TinyImages.Shard(_pixels)} does not match its checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_SubsetsWithTheSameLabels_Differs()
    {
        int[][] trains = [[0, 1, 2, 3], [5, 1, 2, 3], [0, 6, 2, 3]];
        using var parent = Dataset.Open(_pixels);
        var spec = TinyRun.Spec("sgd") with { Labels = LabelSet.Original, BatchSize = 2 };
        var fingerprints = trains.Select((train, i) =>
        {
            Subset.Create(_folder[$"subset-{i}"], parent, new() { Name = $"subset-{i}", Train = train });
            using var data = TinyRun.Open(spec, _folder[$"subset-{i}"]);
            return (data.Fingerprint, Labels: string.Join(' ', data.Labels.Labels));
        }).ToList();

        Assert.Single(fingerprints.Select(data => data.Labels).Distinct());
        Assert.Equal(3, fingerprints.Select(data => data.Fingerprint).Distinct().Count());
    }

    private RunFolder Train(string dataset)
    {
        Assert.Equal((0, ""), TrainerProcess.Run(Arguments(dataset)) is var (exitCode, _, errors) ? (exitCode, errors) : default);
        return new RunFolder(_folder["out", Path.GetFileName(dataset), "run"]);
    }

    private RunFolder TrainKilled(string dataset)
    {
        using (var process = TrainerProcess.Start([.. Arguments(dataset), "--supervised"]))
        {
            while (process.NextEvent() is not (null or AttemptProgressed))
            {
            }

            process.Kill();
            process.Finish();
        }

        var run = new RunFolder(_folder["out", Path.GetFileName(dataset), "run"]);
        Assert.Equal(0, TrainerProcess.Run("resume", run.Path).ExitCode);
        Assert.Equal(2, run.Load().Attempts.Count);
        return run;
    }

    // A checkpoint at nearly every step.
    private string[] Arguments(string dataset)
    {
        var spec = _folder[$"{Path.GetFileName(dataset)}.json"];
        CghJson.Save(spec, TinyRun.Spec("rm3") with { Dataset = dataset, CheckpointMinutes = 1e-6 });
        return ["train", "--spec", spec, "--out", _folder["out", Path.GetFileName(dataset)]];
    }
}
