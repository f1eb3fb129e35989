using System.Globalization;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Benchmarks.Harness;

/// <summary>
/// Writes experiments as trainers leave them: records, run folders and curves, without weights. Specs and curves are plausible and depend on the seed only.
/// Tests use it too, so it needs nothing but <c>Cgh.Core</c>.
/// </summary>
internal static class SyntheticLaboratory
{
    public const int DefaultRunsPerExperiment = 10;

    private static readonly DateTimeOffset s_first = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly (string Recipe, string Dataset, string Model, int Epochs)[] s_topics =
    [
        ("demo", "demo", "resnet-small", 30),
        ("fashion", "fashion-mnist", "resnet-small", 20),
        ("cifar", "cifar10", "vgg-small", 40),
        ("robust", "imagenet-100", "resnet18", 60),
    ];

    private static readonly string[] s_rules = ["sgd", "rm3", "m3", "ra3", "mom:5", "median:5"];
    private static readonly double[] s_noise = [0, 0.25, 0.5, 0.75];

    // Of twenty runs, three did not complete.
    private static readonly RunStatus[] s_ends = [RunStatus.Failed, RunStatus.Cancelled, RunStatus.Interrupted];

    /// <summary>Writes the experiments, oldest first.</summary>
    /// <param name="data">The data folder; experiments that exist already are overwritten.</param>
    /// <param name="runs">Number of runs.</param>
    /// <param name="points">Rows of all curves of a run; at least those of its evaluations are written.</param>
    /// <param name="seed">Other seeds give other specs and curves.</param>
    /// <param name="runsPerExperiment">Runs of an experiment; the last one has the rest.</param>
    /// <returns>Ids of the experiments.</returns>
    public static IReadOnlyList<string> Write(DataFolder data, int runs, int points, int seed = 0, int runsPerExperiment = DefaultRunsPerExperiment)
    {
        var random = new Random(seed);
        var ids = new List<string>();
        for (var first = 0; first < runs; first += runsPerExperiment)
        {
            ids.Add(WriteExperiment(data, ids.Count, Math.Min(runsPerExperiment, runs - first), points, random));
        }

        return ids;
    }

    private static string WriteExperiment(DataFolder data, int number, int runs, int points, Random random)
    {
        var (name, dataset, model, epochs) = s_topics[number % s_topics.Length];
        var created = s_first.AddMinutes(47 * number);
        var noise = s_noise[random.Next(s_noise.Length)];
        var labels = noise == 0 ? LabelSet.Original : string.Create(CultureInfo.InvariantCulture, $"noise-{noise}");
        var learningRate = Math.Round(0.01 * random.Next(1, 11), 2);
        // Every rule with seed 0, then with seed 1, and so on.
        var specs = Enumerable.Range(0, runs).Select(run => (Rule: s_rules[run % s_rules.Length], Seed: (uint)(run / s_rules.Length))).Select(run => new RunSpec
        {
            Name = $"{run.Rule.Replace(':', '-')}-{run.Seed}",
            Dataset = dataset,
            Labels = labels,
            Rule = RuleChoice.Parse(run.Rule),
            Model = model,
            Epochs = epochs,
            BatchSize = 20 << random.Next(3),
            LearningRate = learningRate,
            Seed = run.Seed,
            Device = DeviceChoice.Cpu,
            Threads = 1,
        }).ToList();
        var id = ExperimentFolder.NewId(name, created);
        var folder = new ExperimentFolder(Directory.CreateDirectory(Path.Combine(data.Experiments, id)).FullName);
        CghJson.Save(folder.Record, new ExperimentRecord
        {
            Id = id,
            Created = created,
            Recipe = new Recipe
            {
                Name = name,
                Description = string.Create(CultureInfo.InvariantCulture, $"{s_rules.Length} rules on {dataset} with {noise:P0} label noise."),
                Dataset = new DatasetRequest { Name = dataset },
                Labels = noise == 0 ? [] : [new LabelSetRequest { Name = labels, Fraction = noise, Seed = 7 }],
                Runs = specs,
            },
        });
        foreach (var spec in specs)
        {
            WriteRun(folder.Run(spec.Name), spec, noise, points, created, random);
        }

        return id;
    }

    private static void WriteRun(RunFolder folder, RunSpec spec, double noise, int points, DateTimeOffset created, Random random)
    {
        Directory.CreateDirectory(folder.Path);
        var status = random.Next(20) is var end && end < s_ends.Length ? s_ends[end] : RunStatus.Completed;
        var last = status == RunStatus.Completed ? spec.Epochs : random.Next(1, spec.Epochs);
        var robust = spec.Rule.Name != "sgd";
        var final = new Dictionary<string, EvaluationResult>();
        foreach (var (set, count, target) in new[]
        {
            (Curves.Pristine, (int)(4000 * (1 - noise)), 99 - random.NextDouble()),
            (Curves.Corrupt, (int)(4000 * noise), (robust ? 15 : 70) + (10 * random.NextDouble())),
            (Curves.TrainSample, 4000, 95 - (noise * (robust ? 50 : 20)) + random.NextDouble()),
            (Curves.Test, 2000, 85 - (noise * (robust ? 20 : 60)) + (5 * random.NextDouble())),
        })
        {
            var text = new StringBuilder(Curves.EvaluationHeader).Append('\n');
            for (var epoch = 0; count > 0 && epoch <= last; epoch++)
            {
                // Test accuracy without a robust rule is highest in the middle, where memorization begins.
                var share = 1 - Math.Exp(-5.0 * epoch / spec.Epochs);
                var decline = set == Curves.Test && !robust ? noise * 20 * Math.Max(0, ((double)epoch / spec.Epochs) - 0.5) : 0;
                var accuracy = Math.Round(Math.Clamp((target * share) + (random.NextDouble() / 2) - decline, 0, 100), 3);
                final[set] = new EvaluationResult(count, Math.Round(4.6 * (1 - (accuracy / 100)), 4), accuracy, Math.Round(Math.Min(100, accuracy + 10), 3));
                text.Append(CultureInfo.InvariantCulture, $"{epoch},{count},{final[set].Loss},{final[set].Acc1},{final[set].Acc5}\n");
            }

            File.WriteAllText(folder.Csv(set), text.ToString());
        }

        var perEpoch = Math.Max(1, (points - (final.Count * (spec.Epochs + 1))) / spec.Epochs);
        var train = new StringBuilder(Curves.TrainHeader).Append('\n');
        for (var row = 0; row < last * perEpoch; row++)
        {
            var loss = (4.6 * Math.Exp(-3.0 * row / (spec.Epochs * perEpoch))) + (random.NextDouble() / 5);
            train.Append(CultureInfo.InvariantCulture, $"{row / perEpoch},{row % perEpoch * spec.LogEvery},{spec.BatchSize},{loss:F5}\n");
        }

        File.WriteAllText(folder.Csv(Curves.Train), train.ToString());
        File.WriteAllText(folder.Newest, "1");
        var ended = created.AddSeconds(60 + random.Next(3600));
        folder.Save(new RunRecord
        {
            Spec = spec,
            DatasetFolder = spec.Dataset,
            Status = status,
            Attempts =
            [
                new AttemptRecord { Number = 1, Host = $"bench-{random.Next(1, 9)}", ProcessId = 1, Started = created, Ended = ended, Status = status },
            ],
            Created = created,
            Ended = ended,
            TotalSteps = (long)spec.Epochs * perEpoch * spec.LogEvery,
            Seconds = (ended - created).TotalSeconds,
            Error = status == RunStatus.Failed ? "The loss is NaN. Lower learningRate." : null,
            Result = status == RunStatus.Completed ? final : null,
        });
    }
}
