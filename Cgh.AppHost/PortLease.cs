using System.Net;
using Cgh.Core;
using Cgh.ServiceDefaults;

namespace Cgh.AppHost;

/// <summary>
/// A free port of localhost, which no other instance of this program chooses before the resource that gets it listens there. A lock file says so.
/// </summary>
internal sealed class PortLease : IDisposable
{
    private const int MaxAttempts = 100;

    private readonly FileStream _lock;

    private PortLease(int port, FileStream file)
    {
        Port = port;
        _lock = file;
    }

    public int Port { get; }

    /// <exception cref="UserErrorException">None of the ports from <paramref name="first"/> on is free.</exception>
    public static PortLease Take(int first)
    {
        var last = Math.Min(first + MaxAttempts, IPEndPoint.MaxPort);
        for (var port = first; port <= last; port++)
        {
            if (LocalPorts.IsFree(port) && TryLock(port) is { } file)
            {
                return new PortLease(port, file);
            }
        }

        throw LocalPorts.NoneFree(first, last);
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? TryLock(int port)
    {
        try
        {
            return new FileStream(
                Path.Combine(Path.GetTempPath(), $"cgh-port-{port}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another instance has it, perhaps another user's.
            return null;
        }
    }
}
