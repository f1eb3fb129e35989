using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.ServiceDefaults.Bus;
using Cgh.Trainer.Service;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cgh.Trainer.Tests.Service;

/// <summary>The trainer service with a real redis-server, an in-memory bus and real attempt processes.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    public const string Experiment = "tiny-20260101-000000";

    // Only a safeguard against a hung service; no assertion depends on it.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly IHost _host;
    private readonly DataFolder _data;

    private ServiceHost(IHost host, DataFolder data)
    {
        _host = host;
        _data = data;
    }

    public IRunStore Store => _host.Services.GetRequiredService<IRunStore>();

    public ExperimentSubmitter Submitter => _host.Services.GetRequiredService<ExperimentSubmitter>();

    public IBus Bus => _host.Services.GetRequiredService<IBus>();

    /// <param name="redis">Address of the Redis server.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="program">Replaces the trainer program in attempts.</param>
    public static async Task<ServiceHost> StartAsync(string redis, DataFolder data, string? program = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:redis"] = redis;
        builder.Configuration["Trainer:Program"] = program ?? Path.Combine(AppContext.BaseDirectory, "Cgh.Trainer");
        builder.Configuration["Trainer:ConcurrentRuns"] = "2";
        builder.Configuration["Trainer:RetryAfter"] = "00:00:00.1";
        builder.AddRunStore();
        builder.AddMessageBus(TrainerService.AddConsumers);
        builder.AddTrainer(data);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new ServiceHost(host, data);
    }

    /// <summary>Adds an experiment with these runs to the store.</summary>
    public Task AddAsync(params RunSpec[] specs) => AddAsync(Experiment, specs);

    public Task StartRunAsync(RunId run) => Bus.OfferRunAsync(new StartRun(run, Recipe.DefaultPriority));

    /// <summary>Waits until the run's state satisfies <paramref name="holds"/>.</summary>
    public async Task<RunState> WaitAsync(RunId id, Func<RunState, bool> holds)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var run = await Store.FindRunAsync(id);
            if (run is not null && holds(run))
            {
                return run;
            }

            Assert.True(DateTime.UtcNow < deadline, $"It did not happen; the run is {run}.");
        }
    }

    /// <summary>Trains a run of another experiment to its end; everything queued before it has been processed by then.</summary>
    public async Task AddAnotherAndWaitAsync(RunSpec spec)
    {
        var id = new RunId("another-20260101-000000", spec.Name);
        await AddAsync(id.Experiment, spec);
        await StartRunAsync(id);
        await WaitAsync(id, run => run.Status == RunStatus.Completed);
    }

    /// <summary>Waits until the experiment has ended.</summary>
    public async Task<ExperimentState> WaitForEndAsync(ExperimentStatus? how = null)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var experiment = await Store.FindExperimentAsync(Experiment);
            if (experiment is not null && (how is null ? experiment.Status is ExperimentStatus.Completed or ExperimentStatus.Failed : experiment.Status == how))
            {
                return experiment;
            }

            Assert.True(DateTime.UtcNow < deadline, $"It did not end; the experiment is {experiment}.");
        }
    }

    // The state after the dataset is ready.
    public async Task AddAsync(string id, params RunSpec[] specs)
    {
        var recipe = new Recipe { Name = "tiny", Dataset = new DatasetRequest { Name = "tiny" }, Runs = specs };
        var folder = new ExperimentFolder(Path.Combine(_data.Experiments, id));
        Directory.CreateDirectory(folder.Path);
        CghJson.Save(folder.Record, new ExperimentRecord { Id = id, Recipe = recipe, Created = DateTimeOffset.UtcNow });
        await Store.AddExperimentAsync(
            new ExperimentState { Id = id, Created = DateTimeOffset.UtcNow, Status = ExperimentStatus.Running, Recipe = recipe },
            [.. specs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = DateTimeOffset.UtcNow })]);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
