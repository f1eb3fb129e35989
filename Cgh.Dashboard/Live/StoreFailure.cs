using System.Net.Sockets;
using StackExchange.Redis;

namespace Cgh.Dashboard.Live;

/// <summary>Which errors mean that the run store cannot be reached: they pass by themselves, and a page waits for that.</summary>
internal static class StoreFailure
{
    public static bool Is(Exception error) => error is RedisException or TimeoutException or SocketException or IOException;
}
