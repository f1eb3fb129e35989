using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Xunit;

namespace Cgh.Reports.Tests;

/// <summary>The findings of the report, and the same while runs train.</summary>
public sealed class LiveFindingsTests : IDisposable
{
    private readonly SampleExperiment _sample = new();
    private readonly Dictionary<RunId, IReadOnlyList<double[]>> _test = [];
    private readonly List<RunState> _states = [];

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Of_SameFigures_HasTheSentencesOfTheReport()
    {
        Add("sgd", "sgd", 0, corrupt: 99, test: [1, 58.04, 50, 41.66]);
        Add("rm3", "rm3", 0, corrupt: 20, test: [1, 40, 63.6, 63.1]);
        Add("rm3-again", "rm3", 1, corrupt: 22, test: [1, 40, 60, 61.1]);

        var (live, report) = Summarize();

        Assert.All(live.Lines.Concat(live.Doubts), line => Assert.Contains($"\n- {line}\n", report));
        Assert.Contains(
            "Test accuracy at the last and at the best epoch: `sgd` 41.7% and 58.0% (epoch 1, 1 seed); RM3 (`rm3`, 2 runs) 62.1% ± 1.4 and 62.4% ± 1.8 "
                + "(epochs 2 to 3, 2 seeds). The best epoch is chosen on the test set: an upper bound of what early stopping gives.",
            live.Lines);
        Assert.Equal(["`sgd` has one seed only; results vary with the seed."], live.Doubts);
    }

    [Fact]
    public void Of_BestEpochReversesTheOrder_SaysSo()
    {
        Add("sgd", "sgd", 0, corrupt: 99, test: [1, 58, 50, 42]);
        Add("m3", "m3", 0, corrupt: 20, test: [1, 40, 50, 55]);

        var (live, report) = Summarize();

        Assert.Contains(
            "At their best epochs `sgd` is 3.0 points ahead of `m3` on the test set; at the last epoch it is 13.0 points behind.",
            live.Doubts);
        Assert.Contains("\nWhat would change the findings:\n\n- Each figure is from a single run; results vary with the seed.\n", report);
    }

    [Fact]
    public void Of_DifferenceWithinTheSpreadOfTheSeeds_SaysSo()
    {
        Add("sgd-0", "sgd", 0, corrupt: 99, test: [1, 2, 3, 50]);
        Add("sgd-1", "sgd", 1, corrupt: 98, test: [1, 2, 3, 54]);
        Add("m3-0", "m3", 0, corrupt: 20, test: [1, 2, 3, 53]);
        Add("m3-1", "m3", 1, corrupt: 22, test: [1, 2, 3, 55]);

        var (live, report) = Summarize();

        Assert.Equal(
            [
                "M3 (`m3-0`, 2 runs) and SGD (`sgd-0`, 2 runs) differ by 2.0 points on the test set, less than the standard deviation over seeds, 2.8 points: "
                    + "further seeds may reverse the order.",
            ],
            live.Doubts);
        Assert.Contains($"- {live.Doubts[0]}\n", report);
    }

    [Fact]
    public void Of_RunsStillTrain_SaysHowFarTheyAre()
    {
        Add("sgd", "sgd", 0, corrupt: 99, test: [1, 58], status: RunStatus.Running);
        _states.Add(new RunState { Id = new RunId("demo", "later"), Spec = SampleExperiment.Spec("later", "m3"), Queued = DateTimeOffset.UnixEpoch });

        var live = LiveFindings.Of(_states, run => _test.GetValueOrDefault(run, []), _ => 4);

        Assert.Contains("Memorization, measured as top-1 on the corrupt labels (chance: 25.0%): `sgd` 99.0%.", live.Lines);
        Assert.Equal(["`sgd` is still running; its figures are from after epoch 1 of 3.", "`later` has not started."], live.Doubts);
    }

    [Fact]
    public void Of_ManyRunsTrain_FoldsTheirSeedsAndCountsThem()
    {
        for (uint seed = 0; seed < 5; seed++)
        {
            Add($"sgd-{seed}", "sgd", seed, corrupt: 99, test: [1, 58, 50 + seed], status: RunStatus.Running);
        }

        var live = LiveFindings.Of(_states, run => _test[run], _ => null);

        Assert.StartsWith(
            "Test accuracy at the last and at the best epoch: SGD (`sgd-0`, 5 runs) 52.0% ± 1.6 and 58.0% ± 0.0 (epoch 1, 5 seeds).", live.Lines[^1]);
        Assert.Equal(["5 runs are still running; their figures are from after epoch 2."], live.Doubts);
    }

    [Fact]
    public void Of_NoEvaluationYet_HasNoLines()
    {
        Add("sgd", "sgd", 0, corrupt: 99, test: [], status: RunStatus.Running);

        Assert.Equal(
            (0, 0),
            LiveFindings.Of([_states[0] with { Latest = new Dictionary<string, EvaluationResult>() }], _ => [], _ => null) is var live
                ? (live.Lines.Count, live.Doubts.Count) : default);
    }

    private (LiveFindings Live, string Report) Summarize()
    {
        _sample.AddRecipe([.. _states.Select(run => run.Spec)]);
        ExperimentReport.Write(_sample.Folder);
        return (LiveFindings.Of(_states, run => _test[run], _ => null), File.ReadAllText(_sample.Folder.Report));
    }

    private void Add(string name, string rule, uint seed, double corrupt, double[] test, RunStatus status = RunStatus.Completed)
    {
        var spec = SampleExperiment.Spec(name, rule) with { Seed = seed };
        var last = test.LastOrDefault();
        var folder = _sample.AddRun(spec, (99, corrupt, 99, last), status, lastEpoch: Math.Max(0, test.Length - 1));
        SampleExperiment.WriteCsv(folder, Curves.Test, test.Select((acc1, epoch) => string.Create(CultureInfo.InvariantCulture, $"{epoch},2000,1,{acc1},99")));
        var id = new RunId("demo", name);
        _test[id] = [.. test.Select((acc1, epoch) => new double[] { epoch, 2000, 1, acc1, 99 })];
        _states.Add(new RunState
        {
            Id = id,
            Spec = spec,
            Queued = DateTimeOffset.UnixEpoch,
            Status = status,
            Latest = new[] { (Curves.Pristine, 99.0), (Curves.Corrupt, corrupt), (Curves.TrainSample, 99), (Curves.Test, last) }
                .ToDictionary(set => set.Item1, set => new EvaluationResult(2000, 1, set.Item2, 99)),
        });
    }
}
