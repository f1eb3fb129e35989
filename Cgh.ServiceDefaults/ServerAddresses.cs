using System.Globalization;
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

    private const string StoreUrlForm = "redis://USER:PASSWORD@HOST:6379/DATABASE";
    private const int DefaultStorePort = 6379;

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

    /// <summary>Parses the address of the run store: <c>redis://</c>, <c>rediss://</c>, or a connection string of StackExchange.Redis.</summary>
    /// <exception cref="UserErrorException">The address is invalid. The message shows no user and no password.</exception>
    public static ConfigurationOptions Store(string given) => ServerUrl.HasScheme(given) ? StoreAtUrl(given) : StoreOfOptions(given);

    /// <summary>Parses the address of the broker. The result has user and password percent-encoded, as the clients expect them.</summary>
    /// <exception cref="UserErrorException">The address is invalid. The message shows no user and no password.</exception>
    public static Uri Broker(string given) =>
        ServerUrl.HasScheme(given) && ServerUrl.Parse(given, pathMayHaveAt: true) is { Server: { Scheme: "amqp" or "amqps" } server } url
            ? url.User.Length == 0 && url.Password is null ? server
                : new UriBuilder(server) { UserName = Uri.EscapeDataString(url.User), Password = Uri.EscapeDataString(url.Password ?? "") }.Uri
            : throw UserErrorException.Usage("The broker address must have the form amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS).");

    private static ConfigurationOptions StoreAtUrl(string given)
    {
        if (ServerUrl.Parse(given, pathMayHaveAt: false) is not { Server: { Scheme: "redis" or "rediss", Query: "", Fragment: "" } server } url
            || !TryDatabase(server.AbsolutePath.Trim('/'), out var database))
        {
            throw UserErrorException.Usage($"The run store address must have the form {StoreUrlForm} (rediss:// with TLS).");
        }

        var usesTls = server.Scheme == "rediss";
        return new ConfigurationOptions
        {
            EndPoints = { { server.IdnHost, server.Port < 0 ? DefaultStorePort : server.Port } },
            // As redis-cli: without a colon, it is a password.
            User = url is { User.Length: > 0, Password: not null } ? url.User : null,
            Password = url.Password ?? (url.User.Length > 0 ? url.User : null),
            DefaultDatabase = database,
            Ssl = usesTls,
            SslHost = usesTls ? server.IdnHost : null,
        };
    }

    private static bool TryDatabase(string path, out int? database)
    {
        database = int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        return database is not null || path.Length == 0;
    }

    private static ConfigurationOptions StoreOfOptions(string given)
    {
        var parts = given.Split(',');
        var servers = string.Join(',', parts.TakeWhile(part => !part.Contains('=')));
        if (servers.Contains('@'))
        {
            throw UserErrorException.Usage($"The run store address has a user or a password before the server. Give them as {StoreUrlForm}.");
        }

        var shown = servers.Length == given.Length ? servers : $"{servers},...";
        var hasPassword = parts.Any(part => part.TrimStart().StartsWith("password", StringComparison.OrdinalIgnoreCase));
        var reason = "it has no server";
        try
        {
            var options = ConfigurationOptions.Parse(given);
            if (options.EndPoints.Count > 0 && options.EndPoints.Count == servers.Split(',', StringSplitOptions.RemoveEmptyEntries).Length)
            {
                return options;
            }

            if (options.EndPoints.Count > 0)
            {
                reason = "a server follows an option";
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            // With a password, the text may be a part of it.
            reason = hasPassword ? "an option is unknown or has an invalid value" : UserText.FirstLine(error).TrimEnd('.');
        }

        throw UserErrorException.Usage(hasPassword
            ? $"Invalid run store address '{shown}': {reason}. If the password contains a comma, give the address as {StoreUrlForm}."
            : $"Invalid run store address '{shown}': {reason}. Example: {StoreExample}.");
    }

    private static string Required(WebApplicationBuilder builder, string connection, string example) =>
        builder.Configuration.GetConnectionString(connection) is { } given && !string.IsNullOrWhiteSpace(given)
            ? given
            : throw UserErrorException.Usage(
                $"{Variable(connection)} is not set. Set this environment variable to the address of the server, such as {example}.");
}
