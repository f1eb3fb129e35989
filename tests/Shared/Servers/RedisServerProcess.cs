using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cgh.Tests;

/// <summary>A real redis-server for a test, on a free port of 127.0.0.1 with a temporary folder.</summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-redis-").FullName;
    private readonly int _port = Loopback.FreePort();
    private readonly bool _appendOnly;
    private readonly bool _tls;
    private ChildProcess? _process;

    private RedisServerProcess(string program, bool appendOnly, bool tls = false)
    {
        _program = program;
        _appendOnly = appendOnly;
        _tls = tls;
    }

    public string Address => $"127.0.0.1:{_port}";

    public int ProcessId => _process!.Id;

    /// <summary>With TLS: its own certificate, as a PEM file.</summary>
    public string Certificate => Path.Combine(_folder, "certificate.pem");

    private string Key => Path.Combine(_folder, "key.pem");

    /// <param name="program">Path of redis-server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="appendOnly">Keeps its data across <see cref="KillAsync"/>.</param>
    /// <param name="tls">Accepts TLS only, with a certificate that it signed itself.</param>
    public static async Task<RedisServerProcess> StartAsync(
        string program, CancellationToken cancellationToken, bool appendOnly = false, bool tls = false)
    {
        var server = new RedisServerProcess(program, appendOnly, tls);
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
        if (_tls)
        {
            WriteCertificate();
        }

        string[] listen = _tls
            ? ["--port", "0", "--tls-port", $"{_port}", "--tls-cert-file", Certificate, "--tls-key-file", Key, "--tls-auth-clients", "no"]
            : ["--port", $"{_port}"];
        _process = ChildProcess.Start(
            _program,
            [.. listen, "--bind", "127.0.0.1", "--save", "", "--appendonly", _appendOnly ? "yes" : "no", "--dir", _folder]);
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

    private void WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
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
