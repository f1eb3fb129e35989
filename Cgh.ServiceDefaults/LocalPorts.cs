using System.Net;
using System.Net.Sockets;
using Cgh.Core;

namespace Cgh.ServiceDefaults;

/// <summary>Ports of localhost.</summary>
public static class LocalPorts
{
    // Below the ports from which the system chooses for outgoing connections, which could take one before the server listens.
    private const int FirstAny = 15_000;
    private const int BeyondAny = 32_000;

    /// <summary>The first port of the range at which nothing listens, on IPv4 or IPv6.</summary>
    /// <exception cref="UserErrorException">All are in use.</exception>
    public static int FirstFree(int first, int last)
    {
        for (var port = first; port <= last; port++)
        {
            if (IsFree(port))
            {
                return port;
            }
        }

        throw NoneFree(first, last);
    }

    /// <summary>Any free port, for a server that starts soon.</summary>
    public static int AnyFree()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstAny, BeyondAny);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    /// <summary>Whether nothing listens at the port, on IPv4 or IPv6.</summary>
    public static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    /// <summary>The error when no port of the range is free.</summary>
    public static UserErrorException NoneFree(int first, int last) => new($"No port from {first} to {last} is free. Choose another with --port.");

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException error)
        {
            // IPv6 is supported but not configured, so nothing can be using the port.
            return error.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
