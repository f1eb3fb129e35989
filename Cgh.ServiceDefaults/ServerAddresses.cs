using Cgh.Core;
using Cgh.Core.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Cgh.ServiceDefaults;

/// <summary>Where the run store and the broker are: read once, by services and client alike.</summary>
public static class ServerAddresses
{
    /// <summary>An example of a run store's address.</summary>
    public const string StoreExample = "localhost:6379";

    /// <summary>An example of a broker's address.</summary>
    public const string BrokerExample = "amqp://guest:guest@localhost:5672";

    /// <summary>The environment variable of a connection string.</summary>
    public static string Variable(string connection) => $"ConnectionStrings__{connection}";

    /// <summary>
    /// Refuses to go on without both addresses: without a broker the bus would be this process alone, and nobody could send it anything.
    /// </summary>
    /// <exception cref="UserErrorException">One is not set, or is no address.</exception>
    public static void RequireServers(this WebApplicationBuilder builder)
    {
        Store(Required(builder, ServiceDefaultsExtensions.RedisConnection, StoreExample));
        Broker(Required(builder, ServiceDefaultsExtensions.MessagingConnection, BrokerExample));
    }

    /// <summary>Reads the run store's address.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static ConfigurationOptions Store(string given)
    {
        try
        {
            if (ConfigurationOptions.Parse(given) is { EndPoints.Count: > 0 } options)
            {
                return options;
            }
        }
        catch (ArgumentException error)
        {
            throw UserErrorException.Usage($"The run store's address '{given}' is not readable: {AtomicFile.FirstLine(error)} It looks like {StoreExample}.");
        }

        throw UserErrorException.Usage($"The run store's address '{given}' names no server. It looks like {StoreExample}.");
    }

    /// <summary>Reads the broker's address.</summary>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static Uri Broker(string given) =>
        Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? address
            : throw UserErrorException.Usage("The broker's address must look like amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS).");

    private static string Required(WebApplicationBuilder builder, string connection, string example) =>
        builder.Configuration.GetConnectionString(connection) is { } given && !string.IsNullOrWhiteSpace(given)
            ? given
            : throw UserErrorException.Usage($"{Variable(connection)} is not set: give the server's address in the environment, such as {example}.");
}
