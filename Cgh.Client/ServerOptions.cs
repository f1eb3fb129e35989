using System.CommandLine;
using Cgh.Core;
using Cgh.ServiceDefaults;
using StackExchange.Redis;

namespace Cgh.Client;

/// <summary>Where the run store and the broker are: options, else the connection strings that the services use.</summary>
internal sealed class ServerOptions
{
    /// <summary>For the help of commands that take these options.</summary>
    public const string Help = $"""
        The servers are those of the services: --store and --broker, else the environment's ConnectionStrings__{ServiceDefaultsExtensions.RedisConnection}
        and ConnectionStrings__{ServiceDefaultsExtensions.MessagingConnection}.
        """;

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"The run store, a Redis-protocol server. Default: ConnectionStrings__{ServiceDefaultsExtensions.RedisConnection}.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _broker = new("--broker")
    {
        Description = $"The message broker, a RabbitMQ. Default: ConnectionStrings__{ServiceDefaultsExtensions.MessagingConnection}.",
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

    /// <summary>The run store.</summary>
    /// <exception cref="UserErrorException">It is not given, or is no address.</exception>
    public ConfigurationOptions Store(ParseResult parse) =>
        ServerAddresses.Store(Given(parse, _store, ServiceDefaultsExtensions.RedisConnection, ServerAddresses.StoreExample));

    /// <summary>The broker.</summary>
    /// <exception cref="UserErrorException">It is not given, or is no address.</exception>
    public Uri Broker(ParseResult parse) =>
        ServerAddresses.Broker(Given(parse, _broker, ServiceDefaultsExtensions.MessagingConnection, ServerAddresses.BrokerExample));

    private static string Given(ParseResult parse, Option<string?> option, string connection, string example)
    {
        var variable = ServerAddresses.Variable(connection);
        var given = parse.GetValue(option) ?? Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrWhiteSpace(given)
            ? throw UserErrorException.Usage($"{option.Name} is missing: give the address that the services have, such as {example}, here or as {variable} in the environment.")
            : given;
    }
}
