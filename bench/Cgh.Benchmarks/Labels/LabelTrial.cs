using System.Globalization;
using System.Runtime.InteropServices;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.LabelQuality.Scores;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;
using Cgh.DataPrep;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.LabelQuality;
using Cgh.Trainer.Stages;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Labels;

/// <summary>One setting: makes labels wrong, trains, and compares what each method finds with the truth. Finished trainings are kept.</summary>
/// <param name="setting">The setting.</param>
/// <param name="epochs">Epochs of each training.</param>
/// <param name="root">Folder of the benchmark.</param>
internal sealed class LabelTrial(LabelSetting setting, int epochs, string root)
{
    private const double PlantedShare = 0.03;
    private const int Folds = 5;

    private readonly DataFolder _data = new(root);
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(root, "experiments", setting.Name)).FullName;

    /// <summary>The result; measured if it is not there yet.</summary>
    public LabelTrialResult Run(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_folder, "result.json");
        if (File.Exists(path))
        {
            return CghJson.Load<LabelTrialResult>(path);
        }

        using var dataset = Images(cancellationToken);
        var noisy = MakeWrong(dataset, cancellationToken);
        var planted = LabelSet.Create(dataset, new LabelSetRequest
        {
            Kind = LabelNoiseKind.Plant,
            From = noisy.Info.Name,
            Fraction = PlantedShare,
            Seed = setting.Seed,
        });
        var isWrong = dataset.OriginalLabels(Split.Train).Select((label, i) => label != noisy.Labels[i]).ToArray();
        int[] given = [.. noisy.Labels.Select(label => (int)label)];
        List<MethodResult> methods = [];
        Dictionary<string, CutResult> cuts = [];

        void Add(string name, double[] scores, double seconds) => methods.Add(new MethodResult(name, Ranking.Of(scores, isWrong), seconds));

        // Peers: SGD's final loss and AUM on the labels as they are, and confident learning on probabilities out of sample.
        var (plain, plainSeconds) = Train(Spec("sgd", noisy.Info.Name));
        var peer = TrackedSignals.Read(plain, dataset);
        Add("peer: aum", new MarginScore().Of(SignalsOf(peer)), plainSeconds);
        Add("peer: final loss", FinalLoss(plain, dataset), plainSeconds);
        var (outOfSample, foldSeconds) = OutOfSample(dataset, noisy, cancellationToken);
        Add("peer: self-confidence, 5 folds", Array.ConvertAll(outOfSample, probability => 1 - (double)probability), foldSeconds);
        Add("peer: confident learning, 5 folds", SelfConfidenceScore.Of(given, outOfSample, dataset.Manifest.Classes.Count), foldSeconds);

        foreach (var rule in setting.Rules)
        {
            var (run, seconds) = Train(Spec(rule, planted.Info.Name) with { Name = $"{rule}-planted" });
            using var from = TrainedRun.Open(Stage(run), Settings(run), CPU);
            using var evidence = LabelEvidence.Collect(from, second: null, _ => { }, cancellationToken);
            foreach (var score in LabelScoreCatalog.All.Where(score => !score.NeedsSecondRun))
            {
                var judgement = LabelJudgement.Of(evidence.Signals, evidence.Labels, evidence.Look.Margin, score, setting.Seed);
                Add($"{rule}: {score.Name}", judgement.Scores, seconds);
                cuts[$"{rule}: {score.Name}"] = new CutResult(judgement.Cut, Share(judgement, isWrong), Recall(judgement, isWrong));
            }

            var signals = evidence.Signals with { Second = peer };
            Add($"{rule}: disagreement with sgd", new DisagreementScore().Of(signals), seconds + plainSeconds);
        }

        var result = new LabelTrialResult { Examples = isWrong.Length, Wrong = isWrong.Count(wrong => wrong), Methods = methods, Cuts = cuts };
        CghJson.Save(path, result);
        return result;

        LabelSignals SignalsOf(TrackedSignals tracked) => new()
        {
            Classes = dataset.Manifest.Classes.Count,
            Given = given,
            Tracked = tracked,
            FinalProbability = [],
            Neighbours = [],
        };
    }

    private static double Share(LabelJudgement judgement, bool[] isWrong) =>
        judgement.IsSuspect.Zip(isWrong).Count(pair => pair.First && pair.Second) / (double)Math.Max(1, judgement.Cut.Suspects);

    private static double Recall(LabelJudgement judgement, bool[] isWrong) =>
        judgement.IsSuspect.Zip(isWrong).Count(pair => pair.First && pair.Second) / (double)isWrong.Count(wrong => wrong);

    private RunSpec Spec(string rule, string labels) => new()
    {
        Name = rule,
        Dataset = setting.Images,
        Labels = labels,
        Rule = RuleChoice.Parse(rule),
        Model = "resnet-small",
        Epochs = epochs,
        BatchSize = 32,
        LearningRate = 0.1,
        Seed = setting.Seed,
        Device = DeviceChoice.Cpu,
        Threads = 1,
        TrackLearning = LearningTracking.Evaluation,
    };

    private Dataset Images(CancellationToken cancellationToken)
    {
        new DatasetPreparation(_data).Prepare(setting.Packed, [], cancellationToken: cancellationToken);
        using var packed = Dataset.Open(_data.Dataset(setting.Packed.Name));
        var perClass = setting.Train / packed.Manifest.Classes.Count;
        var parts = packed.OriginalLabels(Split.Train)
            .Select((label, i) => (Label: label, Index: i))
            .GroupBy(example => example.Label, example => example.Index)
            .SelectMany(ofClass => ofClass.Select((index, position) => (Index: index, IsTrain: position < perClass)))
            .ToLookup(example => example.IsTrain, example => example.Index);
        var folder = _data.Dataset(setting.Images);
        Subset.Create(folder, packed, new SubsetRequest { Name = setting.Images, Train = [.. parts[true].Order()], Test = [.. parts[false].Order()] });
        return Dataset.Open(folder);
    }

    private LabelSet MakeWrong(Dataset dataset, CancellationToken cancellationToken)
    {
        var name = FormattableString.Invariant($"{setting.Kind}-{setting.Share}-{setting.Seed}").ToLowerInvariant();
        if (setting.Kind != WrongLabels.WeakModel)
        {
            var kind = setting.Kind == WrongLabels.Uniform ? LabelNoiseKind.Uniform : LabelNoiseKind.PairFlip;
            return LabelSet.Create(dataset, new LabelSetRequest { Name = name, Kind = kind, Fraction = setting.Share, Seed = setting.Seed });
        }

        var file = Path.Combine(_folder, "weak.npy");
        if (!File.Exists(file))
        {
            NpyFile.WriteInt64(file, WeakModelsLabels(dataset, cancellationToken));
        }

        return LabelSet.Create(dataset, new LabelSetRequest { Name = name, Kind = LabelNoiseKind.Import, File = file, Seed = setting.Seed });
    }

    // A model after one epoch on the right labels. The images with the largest probability of the second class, plus noise, get that class.
    private long[] WeakModelsLabels(Dataset dataset, CancellationToken cancellationToken)
    {
        var (run, _) = Train(Spec("sgd", LabelSet.Original) with { Name = "weak", Epochs = 1 });
        long[] labels = dataset.OriginalLabels(Split.Train);
        var given = Array.ConvertAll(labels, label => (int)label);
        using var from = TrainedRun.Open(Stage(run), Settings(run), CPU);
        using var look = FinalLook.At(from, given, given, progress: _ => { }, cancellationToken);
        var random = new RandomState(setting.Seed);

        // The largest of log p + Gumbel noise: drawn without replacement, with probabilities in proportion to p.
        var keys = look.SuggestedProbability.Select(probability => Math.Log(probability + 1e-12) - Math.Log(-Math.Log(random.NextDouble() + 1e-300))).ToArray();
        foreach (var i in Enumerable.Range(0, labels.Length).OrderByDescending(i => keys[i]).Take((int)(setting.Share * labels.Length)))
        {
            labels[i] = look.Suggested[i];
        }

        return labels;
    }

    private double[] FinalLoss(RunFolder run, Dataset dataset)
    {
        using var from = TrainedRun.Open(Stage(run), Settings(run), CPU);
        var scores = from.Evaluator.Score(
            from.Data.Train, from.Data.Labels.Labels, [.. Enumerable.Range(0, dataset.Manifest.Train.Images)], CancellationToken.None);
        return Array.ConvertAll(scores.Losses, loss => (double)loss);
    }

    private (float[] Probabilities, double Seconds) OutOfSample(Dataset dataset, LabelSet noisy, CancellationToken cancellationToken)
    {
        var order = new RandomState(setting.Seed).Permutation(noisy.Labels.Length);
        var probabilities = new float[order.Length];
        var seconds = 0.0;
        for (var fold = 0; fold < Folds; fold++)
        {
            int[] held = [.. order.Where((_, position) => position % Folds == fold).Order()];
            int[] rest = [.. Enumerable.Range(0, order.Length).Except(held)];
            var name = string.Create(CultureInfo.InvariantCulture, $"fold-{fold}");
            var folder = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "folds")).FullName, name);
            Subset.Create(folder, dataset, new SubsetRequest { Name = name, Train = rest, Test = held });
            using (var subset = Dataset.Open(folder))
            {
                var file = Path.Combine(_folder, $"{name}.npy");
                NpyFile.WriteInt64(file, Array.ConvertAll(rest, i => noisy.Labels[i]));
                LabelSet.Create(subset, new LabelSetRequest { Name = "given", Kind = LabelNoiseKind.Import, File = file, Seed = setting.Seed });
            }

            var (run, cost) = Train(Spec("sgd", "given") with { Name = name, Dataset = folder, TrackLearning = LearningTracking.Off });
            seconds += cost;
            using var from = TrainedRun.Open(Stage(run), Settings(run), CPU);
            var evaluator = new Evaluator(from.Model, dataset, noisy, from.Data.InputSide, from.BatchSize, CPU);
            var at = 0;
            evaluator.Pass(PixelSource.Of(dataset, Split.Train), held, cancellationToken, logits =>
            {
                var targets = tensor(held[at..(at + (int)logits.shape[0])].Select(i => noisy.Labels[i]).ToArray()).unsqueeze(1);
                var found = MemoryMarshal.Cast<byte, float>(nn.functional.softmax(logits, 1).gather(1, targets).contiguous().bytes);
                foreach (var probability in found)
                {
                    probabilities[held[at++]] = probability;
                }
            });
        }

        return (probabilities, seconds);
    }

    private (RunFolder Run, double Seconds) Train(RunSpec spec)
    {
        var run = new RunFolder(Path.Combine(_folder, spec.Name));
        var cost = Path.Combine(run.Path, "processor-seconds.txt");
        if (!File.Exists(cost))
        {
            if (Directory.Exists(run.Path))
            {
                Directory.Delete(run.Path, recursive: true);
            }

            var began = Environment.CpuUsage.TotalTime;
            using var stop = new StopSignal(CancellationToken.None);
            var outcome = Attempt.Run(AttemptSettings.New(spec, run, _data.Dataset(spec.Dataset), verifyData: false, number: null), new SilentOutput(), stop);
            if (outcome.Status != RunStatus.Completed)
            {
                throw new InvalidOperationException($"{run.Path} ended as {outcome.Status}.", outcome.Failure);
            }

            File.WriteAllText(cost, (Environment.CpuUsage.TotalTime - began).TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        }

        return (run, double.Parse(File.ReadAllText(cost), CultureInfo.InvariantCulture));
    }

    private static StageSpec Stage(RunFolder run) => new() { Kind = StageKind.Suspects, From = run.Path };

    private static AttemptSettings Settings(RunFolder run)
    {
        var record = run.Load();
        var spec = new RunSpec { Name = "suspects", Dataset = record.Spec.Dataset, Device = DeviceChoice.Cpu, Threads = 1 };
        return AttemptSettings.New(spec, new RunFolder($"{run.Path}-suspects"), record.DatasetFolder, verifyData: false, number: null);
    }
}
