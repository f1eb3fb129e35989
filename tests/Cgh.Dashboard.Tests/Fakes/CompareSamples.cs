using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.RunStore;
using Xunit;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>Experiments of many runs: rules by seeds, with curves that rise.</summary>
internal static class CompareSamples
{
    /// <summary>A completed run for each rule and seed.</summary>
    public static (ExperimentState Experiment, IReadOnlyList<RunState> Runs) Experiment(string id, int seeds, params string[] rules)
    {
        var recipe = Samples.Recipe with
        {
            Runs = [.. rules.SelectMany(rule => Enumerable.Range(0, seeds).Select(seed =>
                Samples.Recipe.Runs[0] with { Name = $"{rule.Replace(':', '-')}-{seed}", Rule = RuleChoice.Parse(rule), Seed = (uint)seed }))],
        };
        return (
            Samples.Experiment with { Id = id, Recipe = recipe },
            [
                .. recipe.Runs.Select(spec => Samples.Trained(Samples.Sgd) with
                {
                    Id = new RunId(id, spec.Name),
                    Spec = spec,
                    Status = RunStatus.Completed,
                    Epoch = spec.Epochs,
                    Ended = Samples.Created.AddMinutes(30),
                }),
            ]);
    }

    /// <summary>Adds such an experiment, with running runs whose accuracies rise to 90, 20 and 50%, and two points higher for each further seed.</summary>
    public static async Task AddAsync(IRunStore store, string id, int seeds, params string[] rules)
    {
        var stop = TestContext.Current.CancellationToken;
        var (experiment, runs) = Experiment(id, seeds, rules);
        await store.AddExperimentAsync(experiment, [.. runs.Select(run => run with { Status = RunStatus.Running, Attempt = 0 })], stop);
        foreach (var run in runs)
        {
            Assert.Equal(1, await store.BeginAttemptAsync(run.Id, "bench-7", "bench-7/1", after: 0, stop));
            foreach (var (set, last) in new[] { (Curves.Pristine, 90), (Curves.Corrupt, 20), (Curves.Test, 50) })
            {
                await store.AppendRowsAsync(run.Id, 1, set, 0, Rising(10, last + (2 * run.Spec.Seed)), stop);
            }
        }
    }

    /// <summary>Rows of an evaluation curve whose accuracy rises linearly to <paramref name="last"/> with the epochs.</summary>
    public static double[][] Rising(int epochs, double last) =>
        [.. Enumerable.Range(0, epochs + 1).Select(epoch => new double[] { epoch, 2000, 4.6 - (4 * epoch / (double)epochs), last * epoch / epochs, 99 })];

    /// <summary>Curves that look like those of a run on noisy labels, with noise of its seed. SGD memorizes and loses test accuracy.</summary>
    public static IReadOnlyList<(string Set, double[][] Rows)> Learning(RunSpec spec, int epochs)
    {
        var random = new Random((int)spec.Seed);
        var memorizes = spec.Rule == UpdateRuleCatalog.Baseline;
        double[] Row(int epoch, double accuracy) => [epoch, 2000, 4.6 * (1 - (accuracy / 110)), Math.Clamp(accuracy + random.NextDouble() - 0.5, 0, 100), 99];
        double[][] Rows(Func<double, double> accuracy) => [.. Enumerable.Range(0, epochs + 1).Select(epoch => Row(epoch, accuracy((double)epoch / epochs)))];
        double Learned(double t) => 98 * (1 - Math.Exp(-8 * t));
        double Memorized(double t) => memorizes ? 97 / (1 + Math.Exp(-12 * (t - 0.5))) : 12 + (10 * t);
        return
        [
            (Curves.Pristine, Rows(Learned)),
            (Curves.Corrupt, Rows(Memorized)),
            (Curves.TrainSample, Rows(t => (Learned(t) + Memorized(t)) / 2)),
            (Curves.Test, Rows(t => Learned(t) * (memorizes ? 0.66 - (0.25 * t) : 0.65))),
        ];
    }
}
