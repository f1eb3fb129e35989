using Cgh.Core;
using Cgh.RunStore;
using StackExchange.Redis;

namespace Cgh.Client;

/// <summary>Reports a run store that fails while a command uses it. Long waits tolerate outages themselves.</summary>
internal static class StoreFailure
{
    /// <exception cref="UserErrorException">The store is not responding, or rejects a request.</exception>
    public static async Task<T> ReportAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (UnreadableKeyException error)
        {
            throw new UserErrorException(error.Message, error);
        }
        catch (RedisServerException error)
        {
            throw UserErrorException.Unreachable(RunStoreFault.Describe(error), error);
        }
        catch (Exception error) when (error is RedisException or RedisTimeoutException)
        {
            // Their messages are a page of diagnostics; CGH_TRACE prints them.
            throw UserErrorException.Unreachable(
                RunStoreFault.Named(error) ?? "The run store stopped responding. Check that the server is running, then run the command again.", error);
        }
    }
}
