namespace Cgh.Tests;

/// <summary>
/// A real RabbitMQ of a test's own, as Debian packages it: free ports of 127.0.0.1, a node name, cookie and port mapper of
/// its own, everything it writes in a temporary folder. It neither sees nor disturbs a RabbitMQ that the machine runs.
/// </summary>
public sealed class RabbitMqServerProcess : IAsyncDisposable
{
    // A start takes 4 to 7 seconds on an idle machine.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-rabbitmq-").FullName;
    private readonly int _port = Loopback.FreePort();
    private readonly int _distributionPort = Loopback.FreePort();
    private readonly int _mapperPort = Loopback.FreePort();
    private ChildProcess? _mapper;
    private ChildProcess? _process;

    private RabbitMqServerProcess(string program) => _program = program;

    /// <summary>For <c>ConnectionStrings:messaging</c>.</summary>
    public string Address => $"amqp://guest:guest@127.0.0.1:{_port}";

    /// <summary>The server itself, which its start script runs.</summary>
    public int ProcessId => _process!.Children().Single();

    /// <summary>What the server prints.</summary>
    public string Output => _process?.Output ?? "";

    /// <param name="program">Path of the server's own start script (not the wrapper in sbin, which changes to the user rabbitmq).</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<RabbitMqServerProcess> StartAsync(string program, CancellationToken stop)
    {
        var server = new RabbitMqServerProcess(program);
        try
        {
            // The server would start one itself, which would outlive it; this one is ours to end.
            server._mapper = ChildProcess.Start("epmd", ["-port", $"{server._mapperPort}", "-address", "127.0.0.1"]);
            await server._mapper.WaitForPortAsync(server._mapperPort, s_timeout, stop);
            await server.StartAgainAsync(stop);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as an operator would.</summary>
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

    /// <summary>Starts it at the same address, on what it kept.</summary>
    public async Task StartAgainAsync(CancellationToken stop)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "plugins"), "[].\n", stop);
        // Written out, so that nothing of /etc/rabbitmq is read.
        await File.WriteAllTextAsync(Path.Combine(_folder, "environment.sh"), "", stop);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "rabbitmq.conf"),
            // Runs may take days (docs of the queue say so of every server that the product uses).
            "consumer_timeout = 2592000000\nlog.file = false\nlog.console = true\nlog.console.level = warning\ndisk_free_limit.absolute = 50MB\n",
            stop);
        _process = ChildProcess.Start(
            _program,
            [],
            new Dictionary<string, string?>
            {
                ["HOME"] = _folder,
                ["RABBITMQ_NODENAME"] = $"cgh-{_port}@localhost",
                ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_NODE_PORT"] = $"{_port}",
                ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
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
            });
        await _process.WaitForPortAsync(_port, s_timeout, stop);
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
}
