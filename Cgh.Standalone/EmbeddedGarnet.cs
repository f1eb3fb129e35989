using System.Net;
using System.Net.Sockets;
using Cgh.Core;
using Cgh.Core.Files;
using Garnet;
using Garnet.server;
using Tsavorite.core;

namespace Cgh.Standalone;

/// <summary>
/// A Redis-protocol server inside this process, on a free port of 127.0.0.1. It is not persistent: the store is rebuilt from the run
/// folders at startup.
/// </summary>
internal sealed class EmbeddedGarnet : IDisposable
{
    private readonly GarnetServer _server;

    private EmbeddedGarnet(GarnetServer server, int port)
    {
        _server = server;
        Address = $"127.0.0.1:{port}";
    }

    public string Address { get; }

    /// <exception cref="UserErrorException">The server cannot start.</exception>
    public static EmbeddedGarnet Start()
    {
        var port = FreePort();
        try
        {
            var server = new GarnetServer(new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
                QuietMode = true,
                // The default device needs libaio, and terminates the process if it is missing.
                DeviceType = DeviceType.RandomAccess,
                // Allocated on demand, one page at a time; the default is sized for a database server.
                LogMemorySize = "1g",
                PageSize = "4m",
                IndexMemorySize = "8m",
            });
            server.Start();
            return new EmbeddedGarnet(server, port);
        }
        catch (Exception error)
        {
            throw new UserErrorException(
                $"Cannot start the embedded run store: {AtomicFile.FirstLine(error)} Set ConnectionStrings__redis to use a Redis server instead.",
                error);
        }
    }

    public void Dispose() => _server.Dispose();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
