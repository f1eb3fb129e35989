using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>
/// RabbitMQ, Redis, DataPrep and trainers as separate processes, shared by the tests. A test may kill any of them; they are restarted for
/// the next test.
/// </summary>
public class SharedServices : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly List<ServiceProcess> _trainers = [];
    private readonly Dictionary<int, RunFolder> _undisturbed = [];
    private SeparateServices? _services;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public SeparateServices Services => _services!;

    public ServiceProcess DataPrep { get; private set; } = null!;

    public IReadOnlyList<ServiceProcess> Trainers => _trainers;

    /// <summary>How long the broker lets a consumer hold a message; null for 30 days.</summary>
    protected virtual TimeSpan? ConsumerTimeout => null;

    /// <summary>Starts what is not running. Called by the tests, because a skip in the fixture's own initialisation counts as a failure.</summary>
    /// <param name="trainers">Number of trainers, each with one run at a time.</param>
    public async Task StartAsync(int trainers)
    {
        if (_services is null)
        {
            _services = await SeparateServices.StartAsync(Required.RedisServer(), Required.RabbitMqServer(), Stop, consumerTimeout: ConsumerTimeout);
            DataPrep = await _services.StartDataPrepAsync(Stop);
        }
        else if (DataPrep.HasExited)
        {
            DataPrep = await _services.StartDataPrepAsync(Stop);
        }

        foreach (var gone in _trainers.Where(trainer => trainer.HasExited).ToArray())
        {
            _trainers.Remove(gone);
        }

        while (_trainers.Count > trainers)
        {
            await _trainers[^1].TerminateAsync(Stop);
            _trainers.RemoveAt(_trainers.Count - 1);
        }

        while (_trainers.Count < trainers)
        {
            _trainers.Add(await _services.StartTrainerAsync(Stop));
        }
    }

    /// <summary>Submits a recipe with the client.</summary>
    public async Task<string> SubmitAsync(string recipe)
    {
        var file = Path.Combine(Services.Data.Root, $"{Guid.NewGuid():n}.json");
        await File.WriteAllTextAsync(file, recipe, Stop);
        var submitted = await Services.ClientAsync(Stop, "submit", file, "--json");
        Assert.True(submitted.ExitCode == 0, submitted.Output);
        return System.Text.Json.JsonDocument.Parse(submitted.Output).RootElement.GetProperty("experiment").GetString()!;
    }

    /// <summary>Submits one run and waits until it has trained several steps.</summary>
    public async Task<RunId> SubmitAndTrainAsync(string name, int epochs = SmallRecipe.Epochs)
    {
        var run = new RunId(await SubmitAsync(SmallRecipe.Text(name, epochs)), "rm3");
        await WaitAsync(run, state => state.Step > 20);
        return run;
    }

    public Task<RunState> WaitAsync(RunId run, Func<RunState, bool> holds) => Services.WaitAsync(run, holds, s_timeout, Stop);

    /// <summary>Waits until the run has completed, and compares its folder and curves with those of an undisturbed run.</summary>
    public async Task<RunState> AssertEndsUndisturbedAsync(RunId run, int epochs = SmallRecipe.Epochs)
    {
        var ended = await WaitAsync(run, state => state.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Parked);
        Assert.True(ended.Status == RunStatus.Completed, $"{ended.Status}: {ended.Error}{Environment.NewLine}{Services.Outputs()}");
        var expected = await UndisturbedAsync(epochs);
        Assert.Empty(RunDifferences.Between(expected, Services.Folder(run)));
        Assert.Empty(await RunDifferences.WithStoreAsync(Services, run, expected).ToListAsync(Stop));
        return ended;
    }

    /// <summary>The trainer that is currently training.</summary>
    public ServiceProcess Training() => _trainers.Single(trainer => trainer.Attempts().Count > 0);

    public async Task WaitForExperimentAsync(string id, ExperimentStatus status)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; ; await Task.Delay(100, Stop))
        {
            var experiment = await Services.Store.FindExperimentAsync(id, Stop);
            if (experiment?.Status == status)
            {
                return;
            }

            Assert.True(DateTime.UtcNow < deadline, $"The experiment is {experiment?.Status}: {experiment?.Error}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    // The reference run, from the trainer's command line without services.
    private async Task<RunFolder> UndisturbedAsync(int epochs)
    {
        if (_undisturbed.TryGetValue(epochs, out var known))
        {
            return known;
        }

        var recipe = Path.Combine(Services.Data.Root, "undisturbed.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("undisturbed", epochs), Stop);
        var spec = Path.Combine(Services.Data.Root, "spec.json");
        CghJson.Save(spec, Recipe.Load(recipe).Runs.Single());
        var folder = Path.Combine(Services.Data.Root, $"undisturbed-{epochs}");
        var trained = await Services.ClientAsync(Stop, "train", "--spec", spec, "--out", folder);
        Assert.True(trained.ExitCode == 0, trained.Output);
        return _undisturbed[epochs] = new ExperimentFolder(folder).Run("rm3");
    }
}
