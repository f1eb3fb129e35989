using System.Net.Sockets;
using Cgh.RunStore;
using StackExchange.Redis;

namespace Cgh.Dashboard.Live;

/// <summary>Recognizes errors that mean the run store is unreachable or unreadable; pages wait until it no longer is.</summary>
internal static class StoreFailure
{
    public static bool Is(Exception error) => error is RedisException or UnreadableKeyException or TimeoutException or SocketException or IOException;
}
