namespace Cgh.Tests;

/// <summary>
/// A real RabbitMQ for a test, from Debian's package: free ports of 127.0.0.1, its own node name, cookie and port mapper, and all files in a
/// temporary folder. It is isolated from any RabbitMQ of the machine.
/// </summary>
public sealed class RabbitMqServerProcess : IAsyncDisposable
{
    // A start takes 4 to 7 seconds on an idle machine.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_monthlong = TimeSpan.FromDays(30);

    private readonly string _program;
    private readonly TimeSpan _consumerTimeout;
    private readonly string? _definitions;
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-rabbitmq-").FullName;
    private readonly int _port = Loopback.FreePort();
    private readonly int _distributionPort = Loopback.FreePort();
    private readonly int _mapperPort = Loopback.FreePort();
    private ChildProcess? _mapper;
    private ChildProcess? _process;

    private RabbitMqServerProcess(string program, TimeSpan consumerTimeout, string? definitions)
    {
        _program = program;
        _consumerTimeout = consumerTimeout;
        _definitions = definitions;
    }

    /// <summary>For <c>ConnectionStrings:messaging</c>.</summary>
    public string Address => $"amqp://guest:guest@127.0.0.1:{_port}";

    /// <summary>The server process, a child of its start script.</summary>
    public int ProcessId => _process!.Children().Single();

    /// <summary>The output of the server.</summary>
    public string Output => _process?.Output ?? "";

    /// <param name="program">Path of the server's own start script (not the wrapper in sbin, which switches to the rabbitmq user).</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="consumerTimeout">How long a consumer may hold a message; checked every second. Ignored by RabbitMQ 4.3. 30 days by default.</param>
    /// <param name="definitions">What it has from its start, as JSON; with definitions it makes no default user.</param>
    public static async Task<RabbitMqServerProcess> StartAsync(
        string program, CancellationToken cancellationToken, TimeSpan? consumerTimeout = null, string? definitions = null)
    {
        var server = new RabbitMqServerProcess(program, consumerTimeout ?? s_monthlong, definitions);
        try
        {
            // Otherwise the server would start one that outlives it.
            server._mapper = ChildProcess.Start("epmd", ["-port", $"{server._mapperPort}", "-address", "127.0.0.1"]);
            await server._mapper.WaitForPortAsync(server._mapperPort, s_timeout, cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Shuts it down.</summary>
    public async Task StopAsync()
    {
        _process!.Signal("TERM");
        await _process.WaitForExitAsync(s_timeout);
        await KillAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync();
        _process = null;
    }

    /// <summary>Restarts it with the same address and files.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "plugins"), "[].\n", cancellationToken);
        // Set explicitly, so that nothing in /etc/rabbitmq is read.
        await File.WriteAllTextAsync(Path.Combine(_folder, "environment.sh"), "", cancellationToken);
        var definitions = Path.Combine(_folder, "definitions.json");
        if (_definitions is not null)
        {
            await File.WriteAllTextAsync(definitions, _definitions, cancellationToken);
        }

        await File.WriteAllTextAsync(
            Path.Combine(_folder, "rabbitmq.conf"),
            $"consumer_timeout = {_consumerTimeout.TotalMilliseconds}\nlog.file = false\nlog.console = true\nlog.console.level = warning\n"
            + "disk_free_limit.absolute = 50MB\n"
            + (_definitions is null ? "" : $"load_definitions = {definitions}\n"),
            cancellationToken);
        _process = ChildProcess.Start(_program, [], Variables());
        await _process.WaitForPortAsync(_port, s_timeout, cancellationToken);
    }

    /// <summary>Runs the server's <c>rabbitmqctl</c>, which lies beside its start script, and returns its output.</summary>
    public async Task<string> ControlAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using var control = ChildProcess.Start(Path.Combine(Path.GetDirectoryName(_program)!, "rabbitmqctl"), ["-q", .. arguments], Variables());
        return await control.WaitForExitAsync(s_timeout, cancellationToken) == 0
            ? control.Output
            : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} failed: {control.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        if (_mapper is not null)
        {
            await _mapper.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Dictionary<string, string?> Variables() => new()
    {
        ["HOME"] = _folder,
        ["RABBITMQ_NODENAME"] = $"cgh-{_port}@localhost",
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = $"{_port}",
        ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
        // Refuses what RabbitMQ 4.3 does, where a distributor allows it again. RabbitMQ 3.10 has no such setting and ignores it.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} -rabbit channel_tick_interval 1000 "
            + "-rabbit permit_deprecated_features #{transient_nonexcl_queues=>false,global_qos=>false}",
        ["ERL_EPMD_PORT"] = $"{_mapperPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "environment.sh"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
        ["RABBITMQ_LOGS"] = "-",
        ["NOTIFY_SOCKET"] = null,
    };
}
