using System.Net;
using Cgh.Core;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace Cgh.Client;

/// <summary>
/// Connection of a command line to the run store and the broker. Unlike a service, which waits for its servers, it reports one
/// that has not responded within seconds.
/// </summary>
internal sealed class LaboratoryClient : IAsyncDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromSeconds(20);

    private readonly IHost? _host;
    private readonly ConnectionMultiplexer _connection;
    private readonly Uri? _broker;

    private LaboratoryClient(ConnectionMultiplexer connection, IHost? host, Uri? broker)
    {
        _connection = connection;
        _host = host;
        _broker = broker;
        Store = new RedisRunStore(connection);
    }

    public IRunStore Store { get; }

    /// <summary>Connects to the run store only, for commands that read.</summary>
    /// <exception cref="UserErrorException">The run store cannot be reached.</exception>
    public static async Task<LaboratoryClient> ConnectAsync(ConfigurationOptions store) => new(await ConnectStoreAsync(store), host: null, broker: null);

    /// <summary>Connects to the run store and the broker, for commands that change runs.</summary>
    /// <exception cref="UserErrorException">A server cannot be reached.</exception>
    public static async Task<LaboratoryClient> ConnectAsync(ConfigurationOptions store, Uri broker, CancellationToken cancellationToken)
    {
        var connection = await ConnectStoreAsync(store);
        try
        {
            await TryBrokerAsync(broker, cancellationToken);
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "cgh", DisableDefaults = true });
            builder.Configuration.AddEnvironmentVariables();
            builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.MessagingConnection}"] = broker.OriginalString;
            builder.Services.AddSingleton<IRunStore>(new RedisRunStore(connection)).AddRunStoreParts();
            builder.AddMessageBus(_ => { });
            builder.AddClientTracing();
            var host = builder.Build();
            await host.StartAsync(cancellationToken);
            return new LaboratoryClient(connection, host, broker);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a command.</summary>
    /// <exception cref="UserErrorException">The command is not possible, or a server became unreachable.</exception>
    public async Task<T> CommandAsync<T>(Func<ExperimentSubmitter, CancellationToken, Task<T>> command, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_commandTimeout);
        try
        {
            return await command(_host!.Services.GetRequiredService<ExperimentSubmitter>(), limit.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw UserErrorException.Unreachable(
                $"The broker at {Name(_broker!)} did not accept the command within {s_commandTimeout.TotalSeconds:0} seconds. Is it still running?", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        await _connection.DisposeAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectStoreAsync(ConfigurationOptions store)
    {
        store.AbortOnConnectFail = true;
        store.ConnectTimeout = (int)s_connectTimeout.TotalMilliseconds;
        store.ConnectRetry = 1;
        try
        {
            return await StoreConnection.OpenAsync(store);
        }
        catch (Exception error) when (error is RedisConnectionException or RedisTimeoutException)
        {
            var reason = error is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
                ? "rejected the password"
                : "is not responding";
            throw UserErrorException.Unreachable(
                $"The run store at {string.Join(", ", store.EndPoints.Select(Name))} {reason}. Check the address and that the server is running.", error);
        }
    }

    // MassTransit retries forever without reporting the cause, so open a connection first that does.
    private static async Task TryBrokerAsync(Uri broker, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = broker,
            RequestedConnectionTimeout = s_connectTimeout,
            HandshakeContinuationTimeout = s_connectTimeout,
            AutomaticRecoveryEnabled = false,
        };
        try
        {
            // A server that is not a broker may never respond.
            await using var connection = await factory.CreateConnectionAsync(cancellationToken).WaitAsync(2 * s_connectTimeout, cancellationToken);

            // A missing virtual host is only reported when a channel is opened.
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken)
                .WaitAsync(2 * s_connectTimeout, cancellationToken);
        }
        catch (TimeoutException error)
        {
            throw UserErrorException.Unreachable($"The server at {Name(broker)} is not responding like a message broker. Check the address.", error);
        }
        catch (BrokerUnreachableException error)
        {
            var reason = error.InnerException is AuthenticationFailureException or PossibleAuthenticationFailureException
                ? "rejected the user or password"
                : "is not responding";
            throw UserErrorException.Unreachable($"The broker at {Name(broker)} {reason}. Check the address and that the server is running.", error);
        }
        catch (OperationInterruptedException error)
        {
            throw UserErrorException.Unreachable(
                $"The broker at {Name(broker)} rejected the connection: {error.ShutdownReason?.ReplyText ?? UserText.FirstLine(error)}", error);
        }
    }

    // Omits user and password.
    private static string Name(Uri broker) => broker.IsDefaultPort ? broker.Host : $"{broker.Host}:{broker.Port}";

    private static string Name(EndPoint endpoint) => endpoint is DnsEndPoint named ? $"{named.Host}:{named.Port}" : endpoint.ToString()!;
}
