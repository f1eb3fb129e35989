using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.Trainer.Service;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Cgh.Trainer.Tests.Service.Fakes;

/// <summary>A trainer service with a fake clock, an in-memory store, attempts without processes and a recording bus.</summary>
internal sealed class FakeTrainer : IAttemptLauncher, IEventPublisher, IHostApplicationLifetime, IAsyncDisposable
{
    public const string Experiment = "tiny-20260101-000000";

    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.25);

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<FakeAttemptProcess> _attempts = new();
    private readonly ConcurrentQueue<object> _published = new();
    private readonly TrainerTelemetry _telemetry;
    private readonly HeldRun _held = new();
    private readonly Turns _turns = new();

    public FakeTrainer(TimeSpan? retryAfter = null, RebuildAtStart? rebuild = null)
    {
        Store = new MemoryRunStore(Clock);
        var retrying = RunStoreRetry.Create(Store, NullLogger.Instance, Clock);
        var defaults = new TrainerOptions { ConcurrentRuns = 1 };
        var options = Options.Create(defaults with { RetryAfter = retryAfter ?? defaults.RetryAfter });
        Folders = new RunFolders(Data);
        _telemetry = new TrainerTelemetry(_services.GetRequiredService<IMeterFactory>());
        var heartbeat = new AttemptHeartbeat(retrying, Clock);
        var session = new AttemptSession(this, new AttemptProjection(retrying, this, _telemetry, Folders, Clock), heartbeat, options, Clock);
        Supervisor = new AttemptSupervisor(retrying, session, heartbeat, Folders, this, _telemetry, options, Clock, NullLogger<AttemptSupervisor>.Instance);
        Coordinator = new ExperimentCoordinator(retrying, this, Folders, folder => Report(folder), Clock, NullLogger<ExperimentCoordinator>.Instance);
        Running = new RunningAttempts(options, this, Clock);
        Reconciler = new Reconciler(
            retrying,
            new StoreRefill(retrying, Data, new SkippedFiles(), NullLogger<StoreRefill>.Instance),
            new AbandonedRuns(retrying, Sent, Coordinator, Running, Clock, NullLogger<AbandonedRuns>.Instance),
            new OpenExperiments(retrying, Sent, Coordinator, Clock),
            new ExperimentRecordUpdater(Folders),
            new RunsElsewhere(retrying, Folders, Clock),
            Clock,
            NullLogger<Reconciler>.Instance,
            rebuild);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public MemoryRunStore Store { get; }

    public DataFolder Data => new(_folder["data"]);

    public RunFolders Folders { get; }

    public AttemptSupervisor Supervisor { get; }

    public ExperimentCoordinator Coordinator { get; }

    public RunningAttempts Running { get; }

    public Reconciler Reconciler { get; }

    public SendRecorder Sent { get; } = new();

    /// <summary>The report writer.</summary>
    public Action<ExperimentFolder> Report { get; set; } = _ => { };

    /// <summary>Started attempts, oldest first.</summary>
    public IReadOnlyList<FakeAttemptProcess> Attempts => [.. _attempts];

    public IReadOnlyList<object> Published => [.. _published];

    CancellationToken IHostApplicationLifetime.ApplicationStarted => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopping => _stopping.Token;

    CancellationToken IHostApplicationLifetime.ApplicationStopped => CancellationToken.None;

    /// <summary>Adds an experiment with one run, and others, to store and folder, in the state after its dataset is ready.</summary>
    public async Task<RunId> AddAsync(
        RunState? like = null, ExperimentStatus status = ExperimentStatus.Running, string experiment = Experiment, params RunState[] others)
    {
        var id = new RunId(experiment, "rm3");
        var spec = new RunSpec { Name = id.Name, Dataset = "tiny", LearningRate = 0.04 };
        var recipe = new Recipe { Name = "tiny", Dataset = new DatasetRequest { Name = "tiny" }, Runs = [spec, .. others.Select(run => run.Spec)] };
        Directory.CreateDirectory(Folders.Experiment(experiment).Path);
        CghJson.Save(Folders.Experiment(experiment).Record, new ExperimentRecord { Id = experiment, Recipe = recipe, Created = Clock.GetUtcNow() });
        await Store.AddExperimentAsync(
            new ExperimentState { Id = experiment, Created = Clock.GetUtcNow(), Status = status, Recipe = recipe },
            [(like ?? Queued(id)) with { Id = id, Spec = spec }, .. others]);
        await Store.MarkFilledAsync();
        return id;
    }

    /// <summary>A run that is waiting for a trainer.</summary>
    public RunState Queued(RunId id) =>
        new() { Id = id, Spec = new RunSpec { Name = id.Name, Dataset = "tiny", LearningRate = 0.04 }, Queued = Clock.GetUtcNow() };

    /// <summary>Trains a run as if its message had arrived.</summary>
    public Task TrainAsync(RunId run)
    {
        var training = Task.CompletedTask;
        _turns.Run(() => training = Supervisor.TrainAsync(run, _held, _stopping.Token));
        return training;
    }

    public async Task<RunState> FindAsync(RunId run) => (await Store.FindRunAsync(run))!;

    /// <summary>Waits until this attempt has started, and returns it.</summary>
    public FakeAttemptProcess Attempt(int number)
    {
        Until(() => _attempts.Count >= number);
        return Attempts[number - 1];
    }

    /// <summary>Advances the clock until a condition holds.</summary>
    public void Until(Func<bool> holds)
    {
        _turns.Drain();
        for (var steps = 0; !holds(); steps++)
        {
            Assert.True(steps < 4000, "It did not happen within 1,000 seconds of the clock.");
            Step(s_step);
        }
    }

    /// <summary>Advances the clock until the run's state satisfies a condition.</summary>
    public async Task UntilAsync(RunId run, Func<RunState, bool> holds)
    {
        _turns.Drain();
        for (var steps = 0; !holds(await FindAsync(run)); steps++)
        {
            Assert.True(steps < 4000, $"It did not happen within 1,000 seconds of the clock; the run is {await FindAsync(run)}.");
            Step(s_step);
        }
    }

    /// <summary>Advances the clock.</summary>
    public void Pass(TimeSpan length)
    {
        _turns.Drain();
        for (var left = length; left > TimeSpan.Zero; left -= s_step)
        {
            Step(left < s_step ? left : s_step);
        }
    }

    /// <summary>Advances the clock, reconciling as often as the service does.</summary>
    public async Task ReconcileForAsync(TimeSpan length)
    {
        for (var left = length; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(2))
        {
            await Reconciler.ReconcileAsync(TestContext.Current.CancellationToken);
            Clock.Advance(TimeSpan.FromSeconds(2));
        }
    }

    /// <summary>Starts the shutdown of the service.</summary>
    public void Stop() => _turns.Run(_stopping.Cancel);

    void IHostApplicationLifetime.StopApplication() => Stop();

    IAttemptProcess IAttemptLauncher.Start(RunState run)
    {
        var attempt = new FakeAttemptProcess(run, Clock);
        _attempts.Enqueue(attempt);
        return attempt;
    }

    void IEventPublisher.Publish<T>(T happened) => _published.Enqueue(happened);

    public async ValueTask DisposeAsync()
    {
        Stop();
        foreach (var attempt in Attempts)
        {
            attempt.Exit(0);
        }

        _turns.Drain();

        _telemetry.Dispose();
        await _services.DisposeAsync();
        _stopping.Dispose();
        _folder.Dispose();
    }

    private void Step(TimeSpan length)
    {
        Clock.Advance(length);
        _turns.Drain();
    }
}

/// <summary>Runs the service on the test's thread, so that all its work is done before the clock advances.</summary>
internal sealed class Turns : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _posted = new();

    public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

    /// <summary>Runs work and captures its continuations.</summary>
    public void Run(Action work)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            work();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs all pending continuations, including new ones.</summary>
    public void Drain() => Run(() =>
    {
        while (_posted.TryDequeue(out var next))
        {
            next.Callback(next.State);
        }
    });
}

/// <summary>Records the messages sent to a queue.</summary>
internal sealed class SendRecorder : ISendEndpointProvider, ISendEndpoint
{
    private readonly ConcurrentQueue<object> _messages = new();

    /// <summary>Makes sending fail, as without a broker.</summary>
    public bool IsDown { get; set; }

    public IReadOnlyList<object> Messages => [.. _messages];

    public Task<ISendEndpoint> GetSendEndpoint(Uri address) => Task.FromResult<ISendEndpoint>(this);

    public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();

    public Task Send<T>(T message, CancellationToken cancellationToken)
        where T : class => Take(message);

    public Task Send<T>(T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class => Take(message);

    public Task Send<T>(T message, IPipe<SendContext> pipe, CancellationToken cancellationToken)
        where T : class => Take(message);

    public Task Send(object message, CancellationToken cancellationToken) => Take(message);

    public Task Send(object message, Type messageType, CancellationToken cancellationToken) => Take(message);

    public Task Send(object message, IPipe<SendContext> pipe, CancellationToken cancellationToken) => Take(message);

    public Task Send(object message, Type messageType, IPipe<SendContext> pipe, CancellationToken cancellationToken) => Take(message);

    public Task Send<T>(object values, CancellationToken cancellationToken)
        where T : class => throw new NotSupportedException();

    public Task Send<T>(object values, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class => throw new NotSupportedException();

    public Task Send<T>(object values, IPipe<SendContext> pipe, CancellationToken cancellationToken)
        where T : class => throw new NotSupportedException();

    private Task Take(object message)
    {
        if (IsDown)
        {
            throw new InvalidOperationException("The broker is away.");
        }

        _messages.Enqueue(message);
        return Task.CompletedTask;
    }
}
