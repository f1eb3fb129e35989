using System.Security.Authentication;
using Cgh.Core;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>Says in one line why the server of the run store does not work.</summary>
public static class RunStoreFault
{
    /// <summary>For a server that does not answer.</summary>
    public const string NotResponding = "The run store is not responding. Check that the Redis server is running.";

    private const string Untrusted =
        "The run store has a certificate that this machine does not trust. Add its authority to the system's, or on Linux name its file in SSL_CERT_FILE.";

    // The client reports the wrong password as a missing one.
    private const string Denied = "The run store needs a user or password, or others. Give them in the address, such as redis://USER:PASSWORD@HOST:6379.";

    // The beginning of a reply, and what it means.
    private static readonly (string Reply, string Meaning)[] s_replies =
    [
        ("READONLY", "The run store is read-only, because its Redis server is a replica. Use the address of the master."),
        ("OOM", "The run store is full. Raise maxmemory of its Redis server."),
        ("MISCONF", "The run store refuses writes, because its Redis server cannot save to its disk. Fix what its log says."),
        ("LOADING", "The run store is still loading its data. Wait until its Redis server has finished."),
        ("MASTERDOWN", "The run store has lost its master, and its Redis server is a replica. Use the address of the master."),
        ("NOAUTH", Denied),
        ("WRONGPASS", Denied),
    ];

    /// <summary>Describes an error of the client.</summary>
    public static string Describe(Exception error) => (error as UnreadableKeyException)?.Message
        ?? Named(error)
        ?? (Find<RedisServerException>(error) is { } rejected ? $"The run store rejected a request: {UserText.FirstLine(rejected)}" : NotResponding);

    /// <summary>Describes an error that the server itself gave as a reason; null for any other.</summary>
    public static string? Named(Exception error)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
            {
                return Untrusted;
            }

            // A transaction and a failed connection quote the reply.
            var found = s_replies.FirstOrDefault(pair => inner is RedisServerException && inner.Message.StartsWith(pair.Reply, StringComparison.Ordinal)
                || inner.Message.Contains($": {pair.Reply} ", StringComparison.Ordinal)
                || inner.Message.Contains($") {pair.Reply} ", StringComparison.Ordinal));
            if (found.Meaning is not null)
            {
                return found.Meaning;
            }
        }

        return null;
    }

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null ? null : error as T ?? Find<T>(error.InnerException);
}
