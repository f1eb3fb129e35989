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

/// <summary>The wiring that every service shares: telemetry, health, the run store and the message bus.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Name of the run store's connection string (a Redis-protocol server).</summary>
    public const string RedisConnection = "redis";

    /// <summary>Name of the broker's connection string; without one the bus lives in this process.</summary>
    public const string MessagingConnection = "messaging";

    internal const string HealthPath = "/health";
    internal const string AlivePath = "/alive";

    private const string Live = "live";

    /// <summary>Traces, metrics and logs over OTLP where an endpoint is configured, and health checks.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // First, so that what is configured comes before it. Four lines for each look at a service's health would drown the rest.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", nameof(LogLevel.Warning))] });
        builder.Logging.AddConsole(console => console.FormatterName = OneLineFormatter.FormatterName);
        builder.Logging.AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>
    /// The run store at <c>ConnectionStrings:redis</c>. The connection is made when it is first used and mends itself.
    /// </summary>
    public static TBuilder AddRunStore<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var address = services.GetRequiredService<IConfiguration>().GetConnectionString(RedisConnection)
                ?? throw new InvalidOperationException($"ConnectionStrings:{RedisConnection} is not set: give the address of a Redis-protocol server, such as localhost:6379.");
            return StoreConnection.OpenWhenever(ConfigurationOptions.Parse(address));
        });
        builder.Services.AddSingleton<IRunStore, RedisRunStore>();
        builder.Services.AddRunStoreParts().AddRetryingRunStore();
        builder.Services.AddHealthChecks().AddCheck<RunStoreHealth>("run-store");
        return builder;
    }

    /// <summary>
    /// The message bus: RabbitMQ at <c>ConnectionStrings:messaging</c>, else in this process.
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
            // Without a limit of its own a consumer is not cancelled on SIGTERM, and a run would not be handed back.
            options.ConsumerStopTimeout = TimeSpan.FromSeconds(1);
            options.StopTimeout = TimeSpan.FromSeconds(25);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(28));
        builder.Services.AddSingleton<ExperimentSubmitter>();
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary><c>/health</c> answers when the service can work, <c>/alive</c> while its process does.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        var working = new HealthCheckOptions();
        // So the bus calls itself when its broker is away.
        working.ResultStatusCodes[HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable;
        app.MapHealthChecks(HealthPath, working);
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
                return HealthCheckResult.Unhealthy("The run store does not answer.", error);
            }
        }
    }
}
