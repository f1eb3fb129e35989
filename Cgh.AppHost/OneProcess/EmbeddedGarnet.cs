using System.Net;
using System.Net.Sockets;
using Cgh.Core;
using Cgh.Core.Files;
using Garnet;

namespace Cgh.AppHost.OneProcess;

/// <summary>
/// A Redis-protocol server inside this process, on a free port of 127.0.0.1. It keeps nothing on disk: the run folders
/// are the record, and the store is rebuilt from them at the start.
/// </summary>
internal sealed class EmbeddedGarnet : IDisposable
{
    private readonly GarnetServer _server;
    private readonly string _folder;

    private EmbeddedGarnet(GarnetServer server, string folder, int port)
    {
        _server = server;
        _folder = folder;
        Address = $"127.0.0.1:{port}";
    }

    public string Address { get; }

    /// <exception cref="UserErrorException">It does not start.</exception>
    public static EmbeddedGarnet Start()
    {
        var folder = Directory.CreateTempSubdirectory("cgh-store-").FullName;
        var port = FreePort();
        try
        {
            // RandomAccess: the default device needs libaio and ends the process without it. The sizes are those of a
            // laboratory's live state, not of a database server.
            var server = new GarnetServer([
                "--bind", "127.0.0.1",
                "--port", $"{port}",
                "--device-type", "RandomAccess",
                "--memory", "64m",
                "--page", "4m",
                "--index", "8m",
                "--checkpointdir", folder,
                "--logdir", folder,
                "--quiet",
                "--logger-level", "Error",
            ]);
            server.Start();
            return new EmbeddedGarnet(server, folder, port);
        }
        catch (Exception error)
        {
            Directory.Delete(folder, recursive: true);
            throw new UserErrorException($"The embedded run store does not start: {WholeFile.FirstLine(error)} Set ConnectionStrings__redis to use a Redis server instead.", error);
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
