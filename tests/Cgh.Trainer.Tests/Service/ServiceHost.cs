using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Service;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cgh.Trainer.Tests.Service;

/// <summary>The trainer's service on a real redis-server and a bus in this process; its attempts are real processes.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    public const string Experiment = "tiny-20260101-000000";

    // A hung service must not hang the tests; no outcome depends on how long something takes.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly IHost _host;

    private ServiceHost(IHost host) => _host = host;

    public IRunStore Store => _host.Services.GetRequiredService<IRunStore>();

    public ExperimentSubmitter Submitter => _host.Services.GetRequiredService<ExperimentSubmitter>();

    public IBus Bus => _host.Services.GetRequiredService<IBus>();

    /// <param name="redis">The server's address.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="program">What attempts run instead of the trainer.</param>
    public static async Task<ServiceHost> StartAsync(string redis, DataFolder data, string? program = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:redis"] = redis;
        builder.Configuration["Trainer:Program"] = program ?? Path.Combine(AppContext.BaseDirectory, "Cgh.Trainer");
        builder.Configuration["Trainer:ConcurrentRuns"] = "2";
        builder.AddRunStore();
        builder.AddMessageBus(TrainerService.AddConsumers);
        builder.AddTrainer(data);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new ServiceHost(host);
    }

    /// <summary>Adds an experiment of these runs to the store.</summary>
    public Task AddAsync(params RunSpec[] specs) => Store.AddExperimentAsync(
        new ExperimentState
        {
            Id = Experiment,
            Created = DateTimeOffset.UnixEpoch,
            Status = ExperimentStatus.Running,
            Recipe = new Recipe { Name = "tiny", Dataset = new DatasetRequest { Name = "tiny" }, Runs = specs },
        },
        [.. specs.Select(spec => new RunState { Id = new RunId(Experiment, spec.Name), Spec = spec, Queued = DateTimeOffset.UnixEpoch })]);

    public Task StartRunAsync(RunId run) => Bus.SendToAsync(Queues.StartRun, new StartRun(run));

    /// <summary>The run's state once <paramref name="holds"/>.</summary>
    public async Task<RunState> WaitAsync(RunId id, Func<RunState, bool> holds)
    {
        for (var deadline = DateTime.UtcNow + s_patience; ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var run = await Store.FindRunAsync(id);
            if (run is not null && holds(run))
            {
                return run;
            }

            Assert.True(DateTime.UtcNow < deadline, $"It did not happen; the run is {run}.");
        }
    }

    /// <summary>Trains a run of another experiment to its end: what was queued before it has been looked at by then.</summary>
    public async Task AddAnotherAndWaitAsync(RunSpec spec)
    {
        var id = new RunId("another-20260101-000000", spec.Name);
        var recipe = new Recipe { Name = "another", Dataset = new DatasetRequest { Name = "tiny" }, Runs = [spec] };
        await Store.AddExperimentAsync(
            new ExperimentState { Id = id.Experiment, Created = DateTimeOffset.UnixEpoch, Status = ExperimentStatus.Running, Recipe = recipe },
            [new RunState { Id = id, Spec = spec, Queued = DateTimeOffset.UnixEpoch }]);
        await StartRunAsync(id);
        await WaitAsync(id, run => run.Status == RunStatus.Completed);
    }

    /// <summary>The experiment's state once it has ended.</summary>
    public async Task<ExperimentState> WaitForEndAsync()
    {
        for (var deadline = DateTime.UtcNow + s_patience; ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var experiment = await Store.FindExperimentAsync(Experiment);
            if (experiment?.Status is ExperimentStatus.Completed or ExperimentStatus.Failed)
            {
                return experiment;
            }

            Assert.True(DateTime.UtcNow < deadline, $"It did not end; the experiment is {experiment}.");
        }
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
