using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>Opens the run store's connection.</summary>
/// <remarks>
/// The client's handshake ends with an ECHO whose answer is still on its way when the connection is handed out. A transaction with conditions
/// that comes at once holds the connection for writing until its conditions are answered, and the ECHO's answer wants it for writing
/// too: both wait out the timeout of 5 seconds, and the transaction is not carried out. An answered PING is behind the ECHO.
/// </remarks>
public static class StoreConnection
{
    /// <summary>Connects now.</summary>
    /// <exception cref="RedisConnectionException">The server does not answer, or refuses.</exception>
    /// <exception cref="RedisTimeoutException">It accepts connections and does not answer.</exception>
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

    /// <summary>Connects to a server that may not be there yet: the connection then mends itself.</summary>
    public static ConnectionMultiplexer OpenWhenever(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = false;
        var connection = ConnectionMultiplexer.Connect(options);
        try
        {
            connection.GetDatabase().Ping();
        }
        catch (Exception error) when (error is RedisException or RedisTimeoutException)
        {
            // Not there, or gone again: whoever asks the store for something is told.
        }

        return connection;
    }
}
