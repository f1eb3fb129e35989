using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Tests.Support;
using StackExchange.Redis;

namespace Cgh.Trainer.Tests.Service;

/// <summary>A chain of a run, a split and a run on its easy examples, with real attempt processes.</summary>
[Collection(TorchInOtherProcesses.Name)]
public sealed class StageServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Chain_RedisFlushedBetweenItsRuns_IsTrainedToTheEnd()
    {
        var data = new DataFolder(_folder["data"]);
        TinyDataset.Create(Directory.CreateDirectory(Path.Combine(data.Datasets, "tiny")).FullName);
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var host = await ServiceHost.StartAsync(redis.Address, data);
        var first = new RunSpec
        {
            Name = "short",
            Dataset = "tiny",
            Labels = TinyDataset.Noisy,
            Model = "resnet-small",
            Epochs = 2,
            BatchSize = 6,
            Threads = 1,
            Device = DeviceChoice.Cpu,
        };
        var stage = new StageSpec { From = "short", Train = 6, Test = 2 };
        await host.AddAsync(
            first,
            new RunSpec { Name = "split", Dataset = "tiny", Derive = stage, Epochs = 1, Threads = 1, Device = DeviceChoice.Cpu },
            first with { Name = "easy", Dataset = "split/easy", Labels = LabelSet.Original });

        await host.StartRunAsync(new RunId(ServiceHost.Experiment, "short"));
        await host.WaitAsync(new RunId(ServiceHost.Experiment, "short"), run => run.Status == RunStatus.Completed);
        await using (var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true"))
        {
            await connection.GetServers()[0].FlushAllDatabasesAsync();
        }

        var experiment = await host.WaitForEndAsync();

        Assert.Equal((ExperimentStatus.Completed, null), (experiment.Status, experiment.Error));
        var folder = new ExperimentFolder(Path.Combine(data.Experiments, ServiceHost.Experiment));
        var derived = folder.Run("split").Load().Derived!;
        Assert.Equal(60, derived.Learned + derived.NotLearned);
        Assert.Equal([("easy", 6, 2), ("hard", 6, 2), ("random", 6, 2)], derived.Artefacts.Select(subset => (subset.Name, subset.Train, subset.Test)));
        var easy = folder.Run("easy").Load();
        Assert.Equal((RunStatus.Completed, Path.Combine(folder.Path, "split", "easy")), (easy.Status, easy.DatasetFolder));
        Assert.Equal((2, 20), (easy.Result![Curves.Test].Count, easy.Result[Curves.OriginalTest].Count));
        Assert.Equal(["short", "easy"], CghJson.Load<Cgh.Reports.ExperimentResults>(folder.Results).Runs.Select(run => run.Name));
    }
}
