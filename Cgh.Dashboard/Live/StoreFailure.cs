using System.Net.Sockets;
using StackExchange.Redis;

namespace Cgh.Dashboard.Live;

/// <summary>Recognizes errors that mean the run store is unreachable; pages wait for it to come back.</summary>
internal static class StoreFailure
{
    public static bool Is(Exception error) => error is RedisException or TimeoutException or SocketException or IOException;
}
