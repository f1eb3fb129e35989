using Cgh.Core.Runs;
using Xunit;

namespace Cgh.Reports.Tests;

/// <summary>Reports of two runs, one of which has a file that is not what it should be.</summary>
public sealed class DamagedRunTests : IDisposable
{
    // Only to end the test if a file blocks; no result depends on timing.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly SampleExperiment _sample = new();

    public static TheoryData<string, string> Cases { get; } =
        [.. new[] { "run.json", "test.csv", "pristine.csv", "coherence.csv", "learned_examples.csv" }
            .SelectMany(file => DamagedFile.Kinds.Select(kind => new TheoryDataRow<string, string>(file, kind)))];

    public void Dispose() => _sample.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Read_FileOfOneRunIsAnotherThing_ReadsTheOtherRun(string file, string kind)
    {
        AddRun("good");
        var damaged = AddRun("damaged");
        File.WriteAllText(Path.Combine(damaged.Path, "not_learned_examples.csv"), "index\n1\n");
        DamagedFile.Put(Path.Combine(damaged.Path, file), kind);

        var input = await Task.Run(() => ReportInput.Read(_sample.Folder), TestContext.Current.CancellationToken)
            .WaitAsync(s_timeout, TestContext.Current.CancellationToken);

        Assert.Contains(input.Runs, run => run is { Name: "good", Status: RunStatus.Completed });
        Assert.All(input.Unreadable, left =>
        {
            Assert.Equal("damaged", left.Name);
            Assert.DoesNotContain(left.Reason, char.IsControl);
            Assert.InRange(left.Reason.Length, 20, 600);
        });

        // A file that is not there, or has no complete row yet, is that of a run that has not come so far.
        var isRecord = file == "run.json";
        if (kind is DamagedFile.Junk or DamagedFile.Huge
            || (isRecord && kind is DamagedFile.Empty or DamagedFile.Zeros or DamagedFile.Pipe or DamagedFile.Device))
        {
            Assert.Single(input.Unreadable);
        }
    }

    [Fact]
    public void Write_OneRunIsUnreadable_NamesItInTheReport()
    {
        AddRun("good");
        var damaged = AddRun("damaged");
        File.WriteAllText(damaged.Csv(Curves.Test), "epoch\n");

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Equal("good", Assert.Single(results.Runs).Name);
        var left = Assert.Single(results.Unreadable!);
        Assert.StartsWith($"{damaged.Csv(Curves.Test)} line 1 must be", left.Reason, StringComparison.Ordinal);
        Assert.Contains($"## Runs that cannot be read\n\n- `damaged`: {left.Reason}\n", File.ReadAllText(_sample.Folder.Report));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{ "spec": {}, "datasetFolder": "", "status": "running", "attempts": [null] }""")]
    [InlineData("""{ "spec": null, "datasetFolder": "", "status": "running" }""")]
    [InlineData("""{ "spec": { "name": "\ud800" }, "datasetFolder": "", "status": "running" }""")]
    [InlineData("""{ "spec": { "\udfff": 1 }, "datasetFolder": "", "status": "running" }""")]
    [InlineData("""{ "spec": {}, "datasetFolder": "a\u0000b", "status": "running" }""")]
    [InlineData("""{ "spec": {}, "datasetFolder": "", "status": "running", "result": { "test": null } }""")]
    [InlineData("""{ "spec": { "rule": "" }, "datasetFolder": "", "status": "running" }""")]
    [InlineData("""{ "spec": {}, "datasetFolder": "", "status": "sleeping" }""")]
    public void Read_RecordOfOneRunIsUnusable_ReadsTheOtherRun(string record)
    {
        AddRun("good");
        var damaged = AddRun("damaged");
        File.WriteAllText(damaged.Record, record);

        var input = ReportInput.Read(_sample.Folder);

        Assert.Equal("good", Assert.Single(input.Runs).Name);
        Assert.StartsWith(damaged.Record, Assert.Single(input.Unreadable).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RecordDamagedAtRandom_ReadsTheOtherRunOrBoth()
    {
        AddRun("good");
        var damaged = AddRun("damaged");
        var good = File.ReadAllBytes(damaged.Record);
        var random = new Random(31);
        var unreadable = 0;
        for (var round = 0; round < 500; round++)
        {
            var bytes = good.ToList();
            for (var times = random.Next(1, 4); times > 0; times--)
            {
                ByteDamage.Apply(bytes, random.Next(bytes.Count), random.Next(ByteDamage.Kinds), random);
            }

            File.WriteAllBytes(damaged.Record, [.. bytes]);

            var input = ReportInput.Read(_sample.Folder);

            Assert.Contains(input.Runs, run => run.Name == "good");
            unreadable += input.Unreadable.Count;
        }

        Assert.InRange(unreadable, 100, 500);
    }

    [Fact]
    public void Write_DatasetIsDamaged_LeavesItsNumbersOut()
    {
        _sample.AddDataset();
        AddRun("good");
        File.WriteAllText(Path.Combine(_sample.DatasetFolder, "dataset.json"), "{");
        File.WriteAllText(Path.Combine(_sample.DatasetFolder, "labels", "half-noise.json"), "");

        var results = ExperimentReport.Write(_sample.Folder);

        Assert.Null(Assert.Single(results.Datasets).Train);
        Assert.Null(Assert.Single(results.LabelSets).Corrupt);
        Assert.Null(results.Unreadable);
    }

    private RunFolder AddRun(string name) => _sample.AddRun(SampleExperiment.Spec(name, "sgd") with { CoherenceEvery = 1 }, (100, 99, 99, 50));
}
