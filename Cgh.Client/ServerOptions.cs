using System.CommandLine;
using Cgh.Core;
using Cgh.ServiceDefaults;
using StackExchange.Redis;

namespace Cgh.Client;

/// <summary>Options for the addresses of run store and broker, which default to the services' connection strings.</summary>
internal sealed class ServerOptions
{
    /// <summary>Describes these options in the help text of a command.</summary>
    public const string Help = $"""
        Set the addresses of the servers with --store and --broker, or with the services' environment variables
        ConnectionStrings__{ServiceDefaultsExtensions.RedisConnection} and ConnectionStrings__{ServiceDefaultsExtensions.MessagingConnection}.
        """;

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Address of the run store (Redis). Default: ConnectionStrings__{ServiceDefaultsExtensions.RedisConnection}.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _broker = new("--broker")
    {
        Description = $"Address of the message broker (RabbitMQ). Default: ConnectionStrings__{ServiceDefaultsExtensions.MessagingConnection}.",
        HelpName = "amqp://USER:PASSWORD@HOST:PORT",
    };

    public void AddTo(Command command, bool broker)
    {
        command.Options.Add(_store);
        if (broker)
        {
            command.Options.Add(_broker);
        }
    }

    /// <summary>Returns the address of the run store.</summary>
    /// <exception cref="UserErrorException">The address is missing or invalid.</exception>
    public ConfigurationOptions Store(ParseResult parse) =>
        ServerAddresses.Store(Given(parse, _store, ServiceDefaultsExtensions.RedisConnection, ServerAddresses.StoreExample));

    /// <summary>Returns the address of the broker.</summary>
    /// <exception cref="UserErrorException">The address is missing or invalid.</exception>
    public Uri Broker(ParseResult parse) =>
        ServerAddresses.Broker(Given(parse, _broker, ServiceDefaultsExtensions.MessagingConnection, ServerAddresses.BrokerExample));

    private static string Given(ParseResult parse, Option<string?> option, string connection, string example)
    {
        var variable = ServerAddresses.Variable(connection);
        var given = parse.GetValue(option) ?? Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrWhiteSpace(given)
            ? throw UserErrorException.Usage(
                $"{option.Name} is missing. Set it, or the environment variable {variable}, to the address that the services use, such as {example}.")
            : given;
    }
}
