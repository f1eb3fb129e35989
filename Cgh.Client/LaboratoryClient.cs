using System.Net;
using System.Security.Authentication;
using Cgh.Core;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.ServiceDefaults.Bus;
using Cgh.ServiceDefaults.Telemetry;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(2);

    private readonly IHost? _host;
    private readonly ConnectionMultiplexer _connection;

    private LaboratoryClient(ConnectionMultiplexer connection, IHost? host)
    {
        _connection = connection;
        _host = host;
        Store = new RedisRunStore(connection, new UnreadableKeys(Console.Error.WriteLine));
    }

    public IRunStore Store { get; }

    /// <summary>Connects to the run store only, for commands that read.</summary>
    /// <exception cref="UserErrorException">The run store cannot be reached.</exception>
    public static async Task<LaboratoryClient> ConnectAsync(ConfigurationOptions store) => new(await ConnectStoreAsync(store), host: null);

    /// <summary>Connects to the run store and the broker, for commands that change runs.</summary>
    /// <exception cref="UserErrorException">A server cannot be reached.</exception>
    public static async Task<LaboratoryClient> ConnectAsync(ConfigurationOptions store, Uri broker, CancellationToken cancellationToken)
    {
        var connection = await ConnectStoreAsync(store);
        try
        {
            // MassTransit retries forever without reporting the cause.
            await (await BrokerProbe.OpenAsync(broker, cancellationToken)).DisposeAsync();
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "cgh", DisableDefaults = true });
            builder.Configuration.AddEnvironmentVariables();
            builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.MessagingConnection}"] = broker.AbsoluteUri;
            builder.Services.AddSingleton<IRunStore>(new RedisRunStore(connection)).AddRunStoreParts();
            builder.AddMessageBus(_ => { });
            // Nothing of this process is worth waiting for.
            builder.Services.Configure<MassTransitHostOptions>(options => options.StopTimeout = s_stopTimeout);
            builder.AddClientTracing();
            var host = builder.Build();
            await host.StartAsync(cancellationToken);
            return new LaboratoryClient(connection, host);
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
            var fault = await _host!.Services.GetRequiredService<IBrokerStatus>().FaultAsync(cancellationToken);
            throw UserErrorException.Unreachable(
                fault ?? $"The command was not accepted within {s_commandTimeout.TotalSeconds:0} seconds. Check that both servers are running.", error);
        }
    }

    /// <summary>Says on standard error why the run store accepts no changes, for a command that only reads.</summary>
    public async Task WarnIfReadOnlyAsync()
    {
        try
        {
            await StoreConnection.WriteAsync(_connection);
        }
        catch (RedisServerException error) when (RunStoreRetry.IsTransient(error))
        {
            await Console.Error.WriteLineAsync(RunStoreFault.Describe(error));
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
        catch (RedisConnectionException error) when (error.InnerException is AuthenticationException)
        {
            // Of TLS. The library counts it as a wrong password.
            throw UserErrorException.Unreachable(RunStoreFault.Describe(error), error);
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

    private static string Name(EndPoint endpoint) => endpoint is DnsEndPoint named ? $"{named.Host}:{named.Port}" : endpoint.ToString()!;
}
