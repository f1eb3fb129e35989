using Cgh.RunStore;
using Cgh.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Cgh.ServiceDefaults;

/// <summary>Adds the run store to a service.</summary>
public static class RunStoreExtensions
{
    /// <summary>
    /// Adds the run store at <c>ConnectionStrings:redis</c> with Aspire's Redis client, which <c>Aspire:StackExchange:Redis</c> configures. It
    /// connects on first use and reconnects automatically.
    /// </summary>
    public static TBuilder AddRunStore<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // The client logs an error with its stack trace for each attempt to connect; the run store logs outages in one line.
        builder.Logging.AddFilter("StackExchange.Redis", LogLevel.None);
        var address = builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.RedisConnection) is { } given && ServerUrl.HasScheme(given)
            ? ServerAddresses.Store(given)
            : null;
        builder.AddRedisClient(
            ServiceDefaultsExtensions.RedisConnection,
            settings =>
            {
                // Its check blocks for 16 seconds without a server, and reports a stack trace.
                settings.DisableHealthChecks = true;
                settings.DisableTracing |= !builder.ExportsTelemetry();
                // The client knows only its own form of a connection string, in which a password cannot contain a comma.
                settings.ConnectionString = address is null ? settings.ConnectionString : WithoutPassword(address);
            },
            options =>
            {
                options.User = address?.User ?? options.User;
                options.Password = address?.Password ?? options.Password;
                // Whatever the connection string says: a service must survive a server that is not running yet.
                options.AbortOnConnectFail = false;
            });
        builder.Services.AddSingleton<IRunStore>(services =>
        {
            var connection = services.GetRequiredService<IConnectionMultiplexer>();
            StoreConnection.FinishHandshake(connection);
            return new RedisRunStore(connection, services.GetRequiredService<UnreadableKeys>(), services.GetService<PendingCurves>());
        });
        builder.Services.AddRunStoreParts().AddRetryingRunStore();
        builder.Services.AddHealthChecks().AddCheck<RunStoreHealth>("run-store");
        return builder;
    }

    private static string WithoutPassword(ConfigurationOptions address)
    {
        var server = address.Clone();
        (server.User, server.Password) = (null, null);
        return server.ToString(includePassword: true);
    }

    private sealed class RunStoreHealth(IConnectionMultiplexer connection) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (!connection.IsConnected)
            {
                // A request would wait 5 seconds for the connection to come back.
                return HealthCheckResult.Unhealthy("The run store is not connected.");
            }

            try
            {
                await StoreConnection.WriteAsync(connection).WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception error) when (error is RedisException or RedisTimeoutException)
            {
                return HealthCheckResult.Unhealthy(RunStoreFault.Describe(error));
            }
        }
    }
}
