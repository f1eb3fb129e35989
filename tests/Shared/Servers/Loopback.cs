using System.Net;
using System.Net.Sockets;

namespace Cgh.Tests;

/// <summary>Ports of 127.0.0.1.</summary>
public static class Loopback
{
    // Below the ephemeral ports (from 32768 on Linux), which an outgoing connection could take while a server is still starting.
    private const int First = 15_000;
    private const int Beyond = 32_000;

    private static readonly HashSet<int> s_given = [];

    /// <summary>A port at which nothing listens, given only once in this process.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Beyond);
            if (IsFree(port))
            {
                lock (s_given)
                {
                    if (s_given.Add(port))
                    {
                        return port;
                    }
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether something accepts connections there.</summary>
    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken = default)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
