using System.Reflection;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using StackExchange.Redis;

namespace Cgh.Tests;

/// <summary>
/// The services as separate processes with a real RabbitMQ and a real Redis and a shared data folder, as on several machines. Everything runs on
/// 127.0.0.1 with temporary folders.
/// </summary>
public sealed class SeparateServices : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-services-").FullName;
    private readonly List<ServiceProcess> _started = [];
    private readonly Dictionary<string, string?> _settings;
    private ConnectionMultiplexer? _connection;

    private SeparateServices(RedisServerProcess redis, RabbitMqServerProcess broker, IReadOnlyDictionary<string, string?> settings)
    {
        Redis = redis;
        Broker = broker;
        _settings = new Dictionary<string, string?>(settings)
        {
            ["ConnectionStrings__redis"] = redis.Address,
            ["ConnectionStrings__messaging"] = broker.Address,
            [DataFolder.Variable] = Data.Root,
        };
    }

    public RedisServerProcess Redis { get; }

    public RabbitMqServerProcess Broker { get; }

    public DataFolder Data => new(Path.Combine(_folder, "data"));

    public IRunStore Store { get; private set; } = null!;

    /// <summary>Trainers that were started and not stopped by a test.</summary>
    public IEnumerable<ServiceProcess> Running => _started.Where(service => !service.HasExited);

    /// <summary>Environment variables of every service.</summary>
    public IReadOnlyDictionary<string, string?> Settings => _settings;

    public static string TrainerProgram => Program("Cgh.TrainerProgram");

    /// <summary>Starts both servers, but no services.</summary>
    /// <param name="redis">Path of redis-server.</param>
    /// <param name="rabbitMq">Path of RabbitMQ's start script.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="settings">Environment variables of all services.</param>
    /// <param name="consumerTimeout">How long a consumer may hold a message; 30 days by default.</param>
    /// <param name="definitions">What RabbitMQ has from its start, as JSON, with a user guest.</param>
    public static async Task<SeparateServices> StartAsync(
        string redis,
        string rabbitMq,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string?>? settings = null,
        TimeSpan? consumerTimeout = null,
        string? definitions = null)
    {
        var store = await RedisServerProcess.StartAsync(redis, cancellationToken, appendOnly: true);
        RabbitMqServerProcess? broker = null;
        try
        {
            broker = await RabbitMqServerProcess.StartAsync(rabbitMq, cancellationToken, consumerTimeout, definitions);
            var services = new SeparateServices(store, broker, settings ?? new Dictionary<string, string?>());
            Directory.CreateDirectory(services.Data.Root);
            var options = ConfigurationOptions.Parse(store.Address);
            options.AbortOnConnectFail = false;
            services._connection = await StoreConnection.OpenAsync(options);
            services.Store = new RedisRunStore(services._connection);
            return services;
        }
        catch
        {
            if (broker is not null)
            {
                await broker.DisposeAsync();
            }

            await store.DisposeAsync();
            throw;
        }
    }

    public Task<ServiceProcess> StartDataPrepAsync(CancellationToken cancellationToken, int? processor = null) =>
        StartServiceAsync(Program("Cgh.DataPrepProgram"), null, cancellationToken, processor);

    public Task<ServiceProcess> StartDashboardAsync(CancellationToken cancellationToken, IReadOnlyDictionary<string, string?>? settings = null) =>
        StartServiceAsync(Program("Cgh.DashboardProgram"), settings, cancellationToken);

    /// <summary>A trainer that trains one run at a time, unless <paramref name="settings"/> say otherwise.</summary>
    public Task<ServiceProcess> StartTrainerAsync(
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string?>? settings = null,
        int? processor = null) =>
        StartServiceAsync(
            TrainerProgram,
            new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>()) { ["Trainer__ConcurrentRuns"] = "1" },
            cancellationToken,
            processor);

    /// <summary>Runs <c>Cgh.Trainer</c> with these arguments in the services' environment until it exits.</summary>
    public Task<CommandResult> ClientAsync(CancellationToken cancellationToken, params string[] arguments) =>
        ClientAsync(processor: null, cancellationToken, arguments);

    /// <summary>As <see cref="ClientAsync(CancellationToken, string[])"/>, on this processor only.</summary>
    public async Task<CommandResult> ClientAsync(int? processor, CancellationToken cancellationToken, params string[] arguments)
    {
        var (start, before) = ChildProcess.On(processor, "dotnet");
        await using var client = ChildProcess.Start(start, [.. before, TrainerProgram, .. arguments], Settings, _folder);
        var exitCode = await client.WaitForExitAsync(TimeSpan.FromMinutes(5), cancellationToken);
        return new CommandResult(exitCode, client.Output);
    }

    /// <summary>Runs <c>Cgh.DataPrep</c> with these arguments in the services' environment until it has succeeded.</summary>
    public async Task DataPrepAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using var command = ChildProcess.Start("dotnet", [Program("Cgh.DataPrepProgram"), .. arguments], Settings, _folder);
        var exitCode = await command.WaitForExitAsync(TimeSpan.FromMinutes(5), cancellationToken);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {exitCode}: {command.Output}");
        }
    }

    /// <summary>As <see cref="ClientAsync(CancellationToken, string[])"/>, without waiting.</summary>
    public ChildProcess StartClient(params string[] arguments) => ChildProcess.Start("dotnet", [TrainerProgram, .. arguments], Settings, _folder);

    /// <summary>Waits until the stored state of the run satisfies <paramref name="holds"/>.</summary>
    public async Task<RunState> WaitAsync(RunId run, Func<RunState, bool> holds, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RunState? last = null;
        for (var deadline = DateTime.UtcNow + timeout; ; await Task.Delay(50, cancellationToken))
        {
            try
            {
                last = await Store.FindRunAsync(run, cancellationToken) ?? last;
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                // The test has taken the store down.
            }

            if (last is not null && holds(last))
            {
                return last;
            }

            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"It did not happen within {timeout}; the run is {last}.{Environment.NewLine}{Outputs()}");
            }
        }
    }

    public ExperimentFolder Experiment(string id) => new(Path.Combine(Data.Experiments, id));

    public RunFolder Folder(RunId run) => Experiment(run.Experiment).Run(run.Name);

    /// <summary>Flushes Redis.</summary>
    public async Task FlushAsync()
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{Redis.Address},allowAdmin=true");
        await admin.GetServer(Redis.Address).FlushAllDatabasesAsync();
    }

    /// <summary>The output of all services, for diagnosing a failed test.</summary>
    public string Outputs() => string.Join(Environment.NewLine, _started.Select(service => $"-- {service.Address} --{Environment.NewLine}{service.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _started)
        {
            await service.DisposeAsync();
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await Redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Program(string key) =>
        typeof(SeparateServices).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;

    private async Task<ServiceProcess> StartServiceAsync(
        string program,
        IReadOnlyDictionary<string, string?>? settings,
        CancellationToken cancellationToken,
        int? processor = null)
    {
        var environment = new Dictionary<string, string?>(_settings);
        foreach (var (name, value) in settings ?? new Dictionary<string, string?>())
        {
            environment[name] = value;
        }

        var service = ServiceProcess.Start(program, environment, processor);
        _started.Add(service);
        await service.WaitUntilHealthyAsync(cancellationToken);
        return service;
    }
}

/// <summary>Exit code and output of a command.</summary>
public sealed record CommandResult(int ExitCode, string Output);
