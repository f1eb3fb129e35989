using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using StackExchange.Redis;

namespace Cgh.ServiceDefaults;

/// <summary>Configuration shared by all services: telemetry, health checks, the run store and the message bus.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Name of the connection string of the run store (a Redis-protocol server).</summary>
    public const string RedisConnection = "redis";

    /// <summary>Name of the connection string of the broker; without it the bus is in-memory.</summary>
    public const string MessagingConnection = "messaging";

    internal const string HealthPath = "/health";
    internal const string AlivePath = "/alive";

    private const string Live = "live";

    /// <summary>Adds logging, health checks, and OTLP telemetry if an endpoint is configured.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // First, so that any other configuration overrides it. Each health check would log four lines.
        builder.Configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", nameof(LogLevel.Warning))] });
        builder.Logging.AddConsole(console => console.FormatterName = OneLineFormatter.FormatterName);
        builder.Logging.AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>
    /// Adds the run store at <c>ConnectionStrings:redis</c>. It connects on first use and reconnects automatically.
    /// </summary>
    public static TBuilder AddRunStore<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var address = services.GetRequiredService<IConfiguration>().GetConnectionString(RedisConnection)
                ?? throw new InvalidOperationException(
                    $"ConnectionStrings:{RedisConnection} is not set. Set it to the address of a Redis server, such as localhost:6379.");
            return StoreConnection.OpenInBackground(ConfigurationOptions.Parse(address));
        });
        builder.Services.AddSingleton<IRunStore, RedisRunStore>();
        builder.Services.AddRunStoreParts().AddRetryingRunStore();
        builder.Services.AddHealthChecks().AddCheck<RunStoreHealth>("run-store");
        return builder;
    }

    /// <summary>
    /// Adds the message bus: RabbitMQ at <c>ConnectionStrings:messaging</c>, else in-memory.
    /// </summary>
    public static TBuilder AddMessageBus<TBuilder>(this TBuilder builder, Action<IBusRegistrationConfigurator> consumers)
        where TBuilder : IHostApplicationBuilder
    {
        var broker = builder.Configuration.GetConnectionString(MessagingConnection);
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            consumers(bus);
            if (string.IsNullOrWhiteSpace(broker))
            {
                bus.UsingInMemory((context, transport) =>
                {
                    transport.UseConsumeFilter(typeof(ContractVersionFilter<>), context);
                    transport.ConfigureEndpoints(context);
                });
            }
            else
            {
                bus.UsingRabbitMq((context, transport) =>
                {
                    transport.Host(new Uri(broker));
                    transport.UseConsumeFilter(typeof(ContractVersionFilter<>), context);
                    transport.ConfigureEndpoints(context);
                });
            }
        });
        builder.Services.AddReceiveObserver<RejectedMessageObserver>();
        builder.Services.Configure<MassTransitHostOptions>(options =>
        {
            // Without this timeout consumers are not cancelled on SIGTERM, and runs are not handed back.
            options.ConsumerStopTimeout = TimeSpan.FromSeconds(1);
            options.StopTimeout = TimeSpan.FromSeconds(25);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(28));
        builder.Services.AddSingleton<ExperimentSubmitter>();
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>Maps <c>/health</c> (the service is ready) and <c>/alive</c> (the process is running).</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        var ready = new HealthCheckOptions();
        // MassTransit reports Degraded while the broker is down.
        ready.ResultStatusCodes[HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable;
        app.MapHealthChecks(HealthPath, ready);
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }

    private sealed class RunStoreHealth(IConnectionMultiplexer connection) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (RedisException error)
            {
                return HealthCheckResult.Unhealthy("The run store is not responding.", error);
            }
        }
    }
}
