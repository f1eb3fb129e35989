using System.Net;
using Cgh.Core;
using Cgh.ServiceDefaults;
using Garnet;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Tsavorite.core;

namespace Cgh.Standalone;

/// <summary>
/// A Redis-protocol server inside this process, on 127.0.0.1. It is not persistent: the store is rebuilt from the run
/// folders at startup.
/// </summary>
internal sealed class EmbeddedGarnet : IDisposable
{
    private readonly GarnetServer _server;

    private EmbeddedGarnet(GarnetServer server, string address)
    {
        _server = server;
        Address = address;
    }

    /// <summary>The connection string, with the password if there is one.</summary>
    public string Address { get; }

    /// <exception cref="UserErrorException">The server cannot start.</exception>
    public static EmbeddedGarnet Start(EmbeddedStoreOptions options)
    {
        var port = options.Port ?? LocalPorts.AnyFree();
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
                AuthSettings = options.Password is { } required ? new AclAuthenticationPasswordSettings(aclConfigurationFile: null, required) : null,
            });
            server.Start();
            return new EmbeddedGarnet(server, options.Password is { } password ? $"127.0.0.1:{port},password={password}" : $"127.0.0.1:{port}");
        }
        catch (Exception error)
        {
            throw new UserErrorException(
                $"Cannot start the embedded run store: {UserText.FirstLine(error)} Set ConnectionStrings__redis to use a Redis server instead.",
                error);
        }
    }

    public void Dispose() => _server.Dispose();
}
