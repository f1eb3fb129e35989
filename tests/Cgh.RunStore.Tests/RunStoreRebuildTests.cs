using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace Cgh.RunStore.Tests;

/// <summary>Rebuilding an empty store from the run folders.</summary>
public sealed class RunStoreRebuildTests : IDisposable
{
    private readonly DataFolder _data = new(Directory.CreateTempSubdirectory("cgh-rebuild-").FullName);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data.Root, recursive: true);

    [Fact]
    public async Task FromFolders_CompletedAndRunning_RestoresCurvesAndInterruptsTheRunningRun()
    {
        WriteRun("demo-1", "sgd", RunStatus.Completed);
        WriteRun("demo-1", "rm3", RunStatus.Running);
        CghJson.Save(new ExperimentFolder(Path.Combine(_data.Experiments, "demo-1")).Record, new ExperimentRecord
        {
            Id = "demo-1",
            Created = DateTimeOffset.UnixEpoch,
            Recipe = new Recipe
            {
                Name = "demo",
                Dataset = new DatasetRequest { Name = "demo" },
                Runs = [Spec("rm3"), Spec("sgd"), Spec("m3")],
            },
        });
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var store = new RedisRunStore(connection);

        Assert.Equal(1, await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop));
        Assert.Equal(0, await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop));

        var runs = await store.ListRunsAsync("demo-1", Stop);
        Assert.Equal(
            [("rm3", RunStatus.Interrupted), ("sgd", RunStatus.Completed), ("m3", RunStatus.Interrupted)],
            runs.Select(run => (run.Id.Name, run.Status)));
        Assert.Equal(ExperimentStatus.Interrupted, (await store.FindExperimentAsync("demo-1", Stop))!.Status);
        Assert.Equal(new EvaluationResult(20, 2.5, 31.25, 60), runs[1].Latest[Curves.Test]);
        Assert.Equal(new EvaluationResult(50, 2.5, 30, 60), runs[1].Latest[Curves.OriginalTest]);
        Assert.Equal(2, (await store.ReadRowsAsync(runs[1].Id, Curves.OriginalTest, 0, Stop)).Rows.Count);
        Assert.Equal([[0, 20, 4.6, 1, 5], [1, 20, 2.5, 31.25, 60]], (await store.ReadRowsAsync(runs[1].Id, Curves.Test, 0, Stop)).Rows);
        Assert.Equal((2, 20, 20, 1.0), (runs[1].Attempt, runs[1].Step, runs[1].TotalSteps, runs[1].Epoch));
        Assert.Equal((11, 20, 0.55), (runs[0].Step, runs[0].TotalSteps, runs[0].Epoch));
    }

    [Fact]
    public async Task FromFolders_CurvesArePending_AreReadWhenLookedAt()
    {
        WriteRun("demo-1", "sgd", RunStatus.Completed);
        WriteRun("demo-1", "rm3", RunStatus.Interrupted);
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var pending = new PendingCurves();
        var store = new RedisRunStore(connection, pending: pending);
        await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending, Stop);
        var (sgd, rm3) = (new RunId("demo-1", "sgd"), new RunId("demo-1", "rm3"));
        Assert.DoesNotContain(connection.GetServers()[0].Keys(), key => key.ToString().Contains(":curve:", StringComparison.Ordinal));
        var run = (await store.FindRunAsync(sgd, Stop))!;
        Assert.Equal((new EvaluationResult(20, 2.5, 31.25, 60), new BestResult(1, 31.25)), (run.Latest[Curves.Test], run.Best[Curves.Test]));

        // Read twice at once, and of a run that has been resumed since.
        var read = await Task.WhenAll(store.ReadRowsAsync(sgd, Curves.Test, 0, Stop), store.ReadRowsAsync(sgd, Curves.Train, 1, Stop));
        await store.ChangeRunAsync(rm3, state => Transition.To(state with { Attempt = 3 }), Stop);
        var resumed = await store.ReadRowsAsync(rm3, Curves.Test, 0, Stop);

        Assert.Equal([[0, 20, 4.6, 1, 5], [1, 20, 2.5, 31.25, 60]], read[0].Rows);
        Assert.Equal([[0, 10, 20, 4.5]], read[1].Rows);
        Assert.Equal(2, resumed.Rows.Count);
    }

    [Fact]
    public async Task FromFolders_ManyExperiments_NewestComeFirstAndTheProgressIsGoneAtTheEnd()
    {
        string[] ids = ["a-20260101-000000", "z-20250101-000000", "b-20260301-000000"];
        foreach (var id in ids)
        {
            WriteRun(id, "sgd", RunStatus.Completed);
        }

        await File.WriteAllTextAsync(Path.Combine(_data.Experiments, ids[1], "experiment.json"), "{ not json", Stop);
        var log = new ListLogger();
        var store = new MemoryRunStore(TimeProvider.System);
        await store.AnnounceRebuildAsync(_data, Stop);
        Assert.Equal(new RebuildProgress(0, 3), await store.FindRebuildProgressAsync(Stop));

        await store.FromFoldersAsync(_data, log, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop);

        Assert.Equal(["b-20260301-000000", "a-20260101-000000"], store.Added);
        Assert.Null(await store.FindRebuildProgressAsync(Stop));
    }

    [Theory]
    [InlineData(null, "here")]
    [InlineData(2, "another machine")]
    public async Task FromFolders_RunIsTrainedElsewhere_IsRunningThereUntilItsProcessEnds(int? attempt, string host)
    {
        WriteRun("mine", "sgd", RunStatus.Running);
        var folder = new RunFolder(Path.Combine(_data.Experiments, "mine", "sgd"));
        CghJson.Save(folder.LockHolder, new RunHolder(12, host) { Attempt = attempt });
        var store = new MemoryRunStore(TimeProvider.System);
        using (SharedFile.TryLock(folder.Lock, FileAccess.ReadWrite, FileShare.None))
        {
            await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop);

            var running = Assert.Single(await store.ListRunsAsync("mine", Stop));
            Assert.Equal((RunStatus.Running, $"process 12 on {host}", true), (running.Status, running.Elsewhere, running.Responding));
            Assert.Equal(ExperimentStatus.Running, (await store.FindExperimentAsync("mine", Stop))!.Status);

            File.AppendAllText(folder.Csv(Curves.Train), "0,11,20,4.4\n");
            await store.RefreshElsewhereAsync(running, folder, Stop);
            var later = (await store.FindRunAsync(running.Id, Stop))!;
            Assert.Equal((12, $"process 12 on {host}"), (later.Step, later.Elsewhere));
            Assert.Equal(3, (await store.ReadRowsAsync(running.Id, Curves.Train, 0, Stop)).Rows.Count);
        }

        await store.RefreshElsewhereAsync((await store.FindRunAsync(new RunId("mine", "sgd"), Stop))!, folder, Stop);

        var killed = Assert.Single(await store.ListRunsAsync("mine", Stop));
        Assert.Equal((RunStatus.Interrupted, null), (killed.Status, killed.Elsewhere));
    }

    // Such as one whose laboratory was killed a moment ago: it ends by itself, and a new attempt takes over from it.
    [Fact]
    public async Task FromFolders_AttemptOfALaboratoryOnThisMachineStillEnds_IsInterrupted()
    {
        WriteRun("mine", "sgd", RunStatus.Running);
        var folder = new RunFolder(Path.Combine(_data.Experiments, "mine", "sgd"));
        CghJson.Save(folder.LockHolder, RunHolder.Current(attempt: 2));
        var store = new MemoryRunStore(TimeProvider.System);
        using var held = SharedFile.TryLock(folder.Lock, FileAccess.ReadWrite, FileShare.None);

        await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop);

        Assert.Equal(RunStatus.Interrupted, Assert.Single(await store.ListRunsAsync("mine", Stop)).Status);
    }

    [Fact]
    public async Task FromFolders_Live_RunningRunKeepsItsAttemptAndStoppedRunsStayStopped()
    {
        WriteRun("demo-1", "sgd", RunStatus.Completed);
        WriteRun("demo-1", "rm3", RunStatus.Running);
        WriteRun("demo-1", "ra3", RunStatus.Interrupted);
        Assert.True(new ExperimentFolder(Path.Combine(_data.Experiments, "demo-1")).Run("rm3").Claim(7));
        CghJson.Save(new ExperimentFolder(Path.Combine(_data.Experiments, "demo-1")).Record, new ExperimentRecord
        {
            Id = "demo-1",
            Created = DateTimeOffset.UnixEpoch,
            Recipe = new Recipe
            {
                Name = "demo",
                Dataset = new DatasetRequest { Name = "demo" },
                Runs = [Spec("rm3"), Spec("sgd"), Spec("m3"), Spec("ra3"), Spec("aside"), Spec("parked")],
            },
            Resting = new Dictionary<string, RestingRun>
            {
                ["aside"] = new(RunStatus.Paused, Error: null),
                ["parked"] = new(RunStatus.Parked, "The disk is full."),
                ["rm3"] = new(RunStatus.Paused, Error: null),
            },
        });
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var store = new RedisRunStore(connection);

        await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Live, new SkippedFiles(), pending: null, Stop);

        var runs = await store.ListRunsAsync("demo-1", Stop);
        Assert.Equal(
            [
                ("rm3", RunStatus.Running, true), ("sgd", RunStatus.Completed, false), ("m3", RunStatus.Queued, false),
                ("ra3", RunStatus.Queued, false), ("aside", RunStatus.Paused, false), ("parked", RunStatus.Parked, false),
            ],
            runs.Select(run => (run.Id.Name, run.Status, run.IsHeld)));
        Assert.Equal((7, "The disk is full."), (runs[0].Attempt, runs[5].Error));
        Assert.Equal(ExperimentStatus.Running, (await store.FindExperimentAsync("demo-1", Stop))!.Status);
        Assert.True(await store.BeatAsync(runs[0].Id, 7, "its trainer", Stop));
    }

    [Fact]
    public async Task FromFolders_TrainedFromTheCommandLine_IsItsOwnExperiment()
    {
        WriteRun("train-20260101-000000", "sgd", RunStatus.Completed);
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var store = new RedisRunStore(connection);

        await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop);

        var experiment = Assert.Single(await store.ListExperimentsAsync(cancellationToken: Stop));
        Assert.Equal(("train-20260101-000000", ExperimentStatus.Completed), (experiment.Id, experiment.Status));
    }

    [Fact]
    public async Task FromFolders_DamagedRecord_OthersAreRestored()
    {
        WriteRun("bad-1", "sgd", RunStatus.Completed);
        await File.WriteAllTextAsync(Path.Combine(_data.Experiments, "bad-1", "sgd", "run.json"), "{ not json", Stop);
        WriteRun("good-1", "sgd", RunStatus.Completed);
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var store = new RedisRunStore(connection);

        Assert.Equal(1, await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Stopped, new SkippedFiles(), pending: null, Stop));

        Assert.Equal("good-1", Assert.Single(await store.ListExperimentsAsync(cancellationToken: Stop)).Id);
    }

    [Fact]
    public async Task FromFolders_Again_LogsADamagedRecordOnce()
    {
        WriteRun("bad-1", "sgd", RunStatus.Completed);
        await File.WriteAllTextAsync(Path.Combine(_data.Experiments, "bad-1", "sgd", "run.json"), "{ not json", Stop);
        var store = new MemoryRunStore(TimeProvider.System);
        var log = new ListLogger();
        var skipped = new SkippedFiles();

        await store.FromFoldersAsync(_data, log, RebuildAs.Live, skipped, pending: null, Stop);
        await store.FromFoldersAsync(_data, log, RebuildAs.Live, skipped, pending: null, Stop);

        Assert.Contains("bad-1", Assert.Single(log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FromFolders_DamagedRun_OthersAreRestoredAndItHasTheError()
    {
        WriteRun("demo-1", "sgd", RunStatus.Completed);
        WriteRun("demo-1", "rm3", RunStatus.Completed);
        WriteRun("demo-1", "m3", RunStatus.Completed);
        var folder = new ExperimentFolder(Path.Combine(_data.Experiments, "demo-1"));
        await File.WriteAllTextAsync(folder.Run("rm3").Record, "{ not json", Stop);
        await File.WriteAllTextAsync(folder.Run("m3").Csv(Curves.Train), Curves.TrainHeader + "\n0,0,\0\0\0\0\n", Stop);
        CghJson.Save(folder.Record, new ExperimentRecord
        {
            Id = "demo-1",
            Created = DateTimeOffset.UnixEpoch,
            Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [Spec("sgd"), Spec("rm3"), Spec("m3")] },
        });
        await using var server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(server.Address));
        var store = new RedisRunStore(connection);

        Assert.Equal(1, await store.FromFoldersAsync(_data, NullLogger.Instance, RebuildAs.Live, new SkippedFiles(), pending: null, Stop));

        var runs = await store.ListRunsAsync("demo-1", Stop);
        Assert.Equal([RunStatus.Completed, RunStatus.Failed, RunStatus.Failed], runs.Select(run => run.Status));
        Assert.Contains("run.json", runs[1].Error, StringComparison.Ordinal);
        Assert.Contains("train.csv is damaged", runs[2].Error, StringComparison.Ordinal);
        Assert.Equal(2, (await store.ReadRowsAsync(runs[2].Id, Curves.Test, 0, Stop)).Rows.Count);
    }

    private static RunSpec Spec(string name) => new() { Name = name, Dataset = "demo", Epochs = 1 };

    private void WriteRun(string experiment, string name, RunStatus status)
    {
        var folder = new RunFolder(Path.Combine(_data.Experiments, experiment, name));
        Directory.CreateDirectory(folder.Path);
        AttemptRecord Attempt(int number) => new() { Number = number, Host = "here", ProcessId = 1, Started = DateTimeOffset.UnixEpoch };
        folder.Save(new RunRecord { Spec = Spec(name), DatasetFolder = "demo", Status = status, TotalSteps = 20, Attempts = [Attempt(1), Attempt(2)] });
        File.WriteAllText(folder.Csv(Curves.Train), Curves.TrainHeader + "\n0,0,20,4.6\n0,10,20,4.5\n");
        File.WriteAllText(folder.Csv(Curves.Test), Curves.EvaluationHeader + "\n0,20,4.6,1,5\n1,20,2.5,31.25,60\n");
        File.WriteAllText(folder.Csv(Curves.Corrupt), Curves.EvaluationHeader + "\n");
        File.WriteAllText(folder.Csv(Curves.OriginalTest), Curves.EvaluationHeader + "\n0,50,4.6,2,5\n1,50,2.5,30,60\n");
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
