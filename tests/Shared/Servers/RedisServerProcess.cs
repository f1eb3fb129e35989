namespace Cgh.Tests;

/// <summary>A real redis-server for a test, on a free port of 127.0.0.1 with a temporary folder.</summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-redis-").FullName;
    private readonly int _port = Loopback.FreePort();
    private readonly bool _appendOnly;
    private ChildProcess? _process;

    private RedisServerProcess(string program, bool appendOnly)
    {
        _program = program;
        _appendOnly = appendOnly;
    }

    public string Address => $"127.0.0.1:{_port}";

    public int ProcessId => _process!.Id;

    /// <param name="program">Path of redis-server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="appendOnly">Keeps its data across <see cref="KillAsync"/>.</param>
    public static async Task<RedisServerProcess> StartAsync(string program, CancellationToken cancellationToken, bool appendOnly = false)
    {
        var server = new RedisServerProcess(program, appendOnly);
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
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
        _process = ChildProcess.Start(
            _program,
            ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", _appendOnly ? "yes" : "no", "--dir", _folder]);
        await _process.WaitForPortAsync(_port, s_timeout, cancellationToken);
    }

    /// <summary>Makes its snapshots fail until disposed.</summary>
    public IDisposable BlockSnapshots() => new BlockedFile(Path.Combine(_folder, "dump.rdb"));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A folder in the place of a file: the owner of the process does not matter, as for file permissions.</summary>
    private sealed class BlockedFile : IDisposable
    {
        private readonly string _path;

        public BlockedFile(string path)
        {
            _path = path;
            File.Delete(path);
            Directory.CreateDirectory(path);
        }

        public void Dispose() => Directory.Delete(_path);
    }
}
