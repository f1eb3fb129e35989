using Cgh.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults;

/// <summary>
/// What Aspire's template gives every service, OpenTelemetry and health checks, with this project's logging. Two parts of the template are left
/// out: services talk over the bus and never call each other over HTTP, so HTTP clients need no service discovery and no resilience handler.
/// The run store and the bus have their own retries.
/// </summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Name of the connection string of the run store (a Redis-protocol server).</summary>
    public const string RedisConnection = "redis";

    /// <summary>Name of the connection string of the broker; without it the bus is in-memory.</summary>
    public const string MessagingConnection = "messaging";

    /// <summary>Path of the check that the service is ready.</summary>
    public const string HealthPath = "/health";

    /// <summary>Path of the check that the process responds.</summary>
    public const string AlivePath = "/alive";

    private const string Live = "live";

    /// <summary>Adds logging, health checks, and OTLP telemetry if an endpoint is configured.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureLogging();
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        return builder;
    }

    /// <summary>Exports logs, metrics and traces over OTLP if an endpoint is configured; otherwise nothing is collected.</summary>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (!builder.ExportsTelemetry())
        {
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddNameOf(builder))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("MassTransit", "Cgh.*"))
            .WithTracing(tracing => tracing
                .AddCghSources()
                .AddAspNetCoreInstrumentation(requests =>
                {
                    requests.Filter = TracedRequests.Includes;
                    // Both would trace each page's connection. A click is an event of a component, from the source below.
                    requests.EnableAspNetCoreSignalRSupport = false;
                    requests.EnableRazorComponentsSupport = false;
                })
                .AddSource("Microsoft.AspNetCore.Components"));
        builder.AddOpenTelemetryExporters();
        return builder;
    }

    /// <summary>Adds the check of <c>/alive</c>: the process responds.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        var startup = new StartupHealth();
        startup.Filter(builder.Logging);
        builder.Services.AddSingleton(startup);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        return builder;
    }

    /// <summary>Maps <c>/health</c> (the service is ready) and <c>/alive</c> (the process is running).</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        if (app.Configuration[ControlApi.InstanceSetting] is { Length: > 0 } instance)
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path == HealthPath)
                {
                    context.Response.Headers[ControlApi.InstanceHeader] = instance;
                }

                return next(context);
            });
        }

        var ready = new HealthCheckOptions();
        // MassTransit reports Degraded while the broker is down.
        ready.ResultStatusCodes[HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable;
        ready.ResponseWriter = WriteAsync;
        app.Services.GetRequiredService<StartupHealth>().Watch(ready);
        app.MapHealthChecks(HealthPath, ready);
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return app;
    }

    // The status, and what each failed check says.
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var reasons = report.Entries.Values.Where(entry => entry.Status != HealthStatus.Healthy).Select(entry => entry.Description).OfType<string>();
        return context.Response.WriteAsync(string.Join('\n', reasons.Prepend(report.Status.ToString())));
    }

    private static void ConfigureLogging<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // First, so that any other configuration overrides it. Each health check would log four lines.
        builder.Configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", nameof(LogLevel.Warning))] });
        builder.Logging.AddConsole(console => console.FormatterName = OneLineFormatter.FormatterName);
        builder.Logging.AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
    }

    private static void AddOpenTelemetryExporters<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder => builder.Services.AddOpenTelemetry().UseOtlpExporter();
}
