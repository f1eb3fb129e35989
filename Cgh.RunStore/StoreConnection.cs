using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>Opens the connection of the run store.</summary>
/// <remarks>
/// Both methods send a PING before the connection is used. The client's handshake ends with an ECHO whose reply may still be pending when the
/// connection is returned. A conditional transaction sent at that moment holds the write lock until its conditions are answered, and handling the
/// ECHO's reply needs the same lock: both time out after 5 seconds and the transaction is lost. A PING is answered after the ECHO.
/// </remarks>
public static class StoreConnection
{
    /// <summary>Connects, or throws.</summary>
    /// <exception cref="RedisConnectionException">The server is unreachable or refuses the connection.</exception>
    /// <exception cref="RedisTimeoutException">The server accepts the connection but is not responding.</exception>
    public static async Task<ConnectionMultiplexer> OpenAsync(ConfigurationOptions options)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            await connection.GetDatabase().PingAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a key that expires, because a server that is full, read-only or without a disk still answers a PING.</summary>
    /// <exception cref="RedisException">The server is unreachable or refuses the write; <see cref="RunStoreFault"/> describes it.</exception>
    public static Task WriteAsync(IConnectionMultiplexer connection) =>
        connection.GetDatabase().StringSetAsync("cgh:writable", 1, TimeSpan.FromMinutes(1));

    /// <summary>Waits until the handshake of a new connection has ended, or until it is certain that the server is not responding yet.</summary>
    public static void FinishHandshake(IConnectionMultiplexer connection)
    {
        try
        {
            connection.GetDatabase().Ping();
        }
        catch (Exception error) when (error is RedisException or RedisTimeoutException)
        {
            // Not reachable yet; the client reconnects in the background. The next call to the store throws if that persists.
        }
    }
}
