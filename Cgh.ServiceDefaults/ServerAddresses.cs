using Cgh.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Cgh.ServiceDefaults;

/// <summary>Reads and validates the addresses of the run store and the broker.</summary>
public static class ServerAddresses
{
    /// <summary>An example address of a run store.</summary>
    public const string StoreExample = "localhost:6379";

    /// <summary>An example address of a broker.</summary>
    public const string BrokerExample = "amqp://guest:guest@localhost:5672";

    /// <summary>The environment variable for a connection string.</summary>
    public static string Variable(string connection) => $"ConnectionStrings__{connection}";

    /// <summary>
    /// Requires both addresses: without a broker the bus would be in-memory, and this process could receive no messages.
    /// </summary>
    /// <exception cref="UserErrorException">An address is missing or invalid.</exception>
    public static void RequireServers(this WebApplicationBuilder builder)
    {
        Store(Required(builder, ServiceDefaultsExtensions.RedisConnection, StoreExample));
        Broker(Required(builder, ServiceDefaultsExtensions.MessagingConnection, BrokerExample));
    }

    /// <summary>Parses the address of the run store.</summary>
    /// <exception cref="UserErrorException">The address is invalid.</exception>
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
            throw UserErrorException.Usage($"Invalid run store address '{WithoutPassword(given)}': {UserText.FirstLine(error)} Example: {StoreExample}.");
        }

        throw UserErrorException.Usage($"The run store address '{WithoutPassword(given)}' has no server. Example: {StoreExample}.");
    }

    /// <summary>Parses the address of the broker.</summary>
    /// <exception cref="UserErrorException">The address is invalid.</exception>
    public static Uri Broker(string given) =>
        Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? address
            : throw UserErrorException.Usage("The broker address must have the form amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS).");

    // The options after the servers may contain a password, and so may what precedes an @.
    private static string WithoutPassword(string address)
    {
        var servers = string.Join(',', address.Split(',').TakeWhile(part => !part.Contains('=')));
        return servers.Length == address.Length ? servers[(servers.LastIndexOf('@') + 1)..] : $"{servers[(servers.LastIndexOf('@') + 1)..]},...";
    }

    private static string Required(WebApplicationBuilder builder, string connection, string example) =>
        builder.Configuration.GetConnectionString(connection) is { } given && !string.IsNullOrWhiteSpace(given)
            ? given
            : throw UserErrorException.Usage(
                $"{Variable(connection)} is not set. Set this environment variable to the address of the server, such as {example}.");
}
