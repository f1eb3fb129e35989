using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Tests;

/// <summary>A temporary experiment folder with run folders as written by a trainer.</summary>
internal sealed class SampleExperiment : IDisposable
{
    private static readonly DateTimeOffset s_created = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("cgh-report-").FullName;

    public SampleExperiment(string id = "demo-20260102-030405")
    {
        Folder = new ExperimentFolder(Directory.CreateDirectory(Path.Combine(_root, "experiments", id)).FullName);
        DatasetFolder = Path.Combine(_root, "datasets", "demo");
    }

    public ExperimentFolder Folder { get; }

    public string DatasetFolder { get; }

    /// <summary>The data folder of the experiment.</summary>
    public string Root => _root;

    public static RunSpec Spec(string name, string rule) => new()
    {
        Name = name,
        Dataset = "demo",
        Labels = "half-noise",
        Rule = RuleChoice.Parse(rule),
        Model = "resnet-small",
        Epochs = 3,
        BatchSize = 20,
        LearningRate = 0.04,
        Device = DeviceChoice.Cpu,
        Threads = 1,
    };

    public void AddDataset()
    {
        var labels = Directory.CreateDirectory(Path.Combine(DatasetFolder, "labels")).FullName;
        CghJson.Save(Path.Combine(DatasetFolder, DatasetManifest.FileName), new DatasetManifest
        {
            Name = "demo",
            Classes = [.. Enumerable.Range(0, 100).Select(index => $"class{index:00}")],
            Side = 16,
            ShortSide = 16,
            Train = new SplitInfo(4000, [], []),
            Val = new SplitInfo(2000, [], []),
        });
        NpyFile.WriteInt64(Path.Combine(labels, "half-noise.npy"), new long[4000]);
        CghJson.Save(
            Path.Combine(labels, "half-noise.json"),
            new LabelSetInfo { Name = "half-noise", Fraction = 0.5, Seed = 7, Corrupt = 1983, Pristine = 2017 });
    }

    public void AddRecipe(params RunSpec[] runs) => CghJson.Save(Folder.Record, new ExperimentRecord
    {
        Id = Path.GetFileName(Folder.Path),
        Created = s_created,
        Recipe = new Recipe
        {
            Name = "demo",
            Description = "Who memorizes wrong labels?",
            Cost = "a few minutes",
            Expect = "SGD fits them",
            Dataset = new DatasetRequest { Name = "demo", Demo = new DemoImages() },
            Labels = [new LabelSetRequest { Name = "half-noise", Fraction = 0.5, Seed = 7 }],
            Runs = runs,
        },
    });

    /// <summary>A run whose top-1 accuracy rises linearly to these values; evaluated up to <paramref name="lastEpoch"/>.</summary>
    public RunFolder AddRun(
        RunSpec spec,
        (double Pristine, double? Corrupt, double TrainSample, double Test) top1,
        RunStatus status = RunStatus.Completed,
        int? lastEpoch = null,
        string? error = null)
    {
        var folder = new RunFolder(Directory.CreateDirectory(Path.Combine(Folder.Path, spec.Name)).FullName);
        var last = lastEpoch ?? spec.Epochs;
        var finals = new Dictionary<string, EvaluationResult>();
        foreach (var (set, count, target) in new (string, int, double?)[]
        {
            (Curves.Pristine, 2017, top1.Pristine),
            (Curves.Corrupt, 1983, top1.Corrupt),
            (Curves.TrainSample, 4000, top1.TrainSample),
            (Curves.Test, 2000, top1.Test),
        })
        {
            var rows = Enumerable.Range(0, target is null ? 0 : last + 1)
                .Select(epoch => (Epoch: epoch, Result: Result(count, target!.Value * epoch / Math.Max(1, last)))).ToList();
            WriteCsv(folder, set, rows.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Epoch},{count},{row.Result.Loss},{row.Result.Acc1},{row.Result.Acc5}")));
            if (rows.Count > 0)
            {
                finals[set] = rows[^1].Result;
            }
        }

        folder.Save(new RunRecord
        {
            Spec = spec,
            DatasetFolder = DatasetFolder,
            Status = status,
            Attempts = [new AttemptRecord { Number = 1, Host = "host-a", ProcessId = 1, Started = s_created }],
            Environment = new RunEnvironment
            {
                Product = "Cgh 0.1.0",
                Dotnet = ".NET 10.0.1",
                TorchSharp = "0.107.0",
                LibTorch = "2.10.0",
                OperatingSystem = "Linux",
                Processors = 2,
                Device = "cpu",
                Threads = 1,
            },
            Created = s_created,
            Seconds = 80,
            Error = error,
            Result = status == RunStatus.Completed ? finals : null,
        });
        return folder;
    }

    public static void WriteCsv(RunFolder folder, string set, IEnumerable<string> rows) =>
        File.WriteAllText(folder.Csv(set), string.Concat(rows.Prepend(Curves.EvaluationHeader).Select(row => row + "\n")));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static EvaluationResult Result(int count, double acc1) => new(count, 4.6 * (1 - (acc1 / 100)), acc1, Math.Min(100, acc1 + 5));
}
