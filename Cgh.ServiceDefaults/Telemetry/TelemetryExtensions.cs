using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>Tracing that services and command-line clients share.</summary>
public static class TelemetryExtensions
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>
    /// Exports the spans of a command-line client over OTLP if an endpoint is configured, so that the trace of a command starts in the program that
    /// sends it. Disposing the host flushes them.
    /// </summary>
    public static HostApplicationBuilder AddClientTracing(this HostApplicationBuilder builder)
    {
        if (builder.ExportsTelemetry())
        {
            builder.Services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddNameOf(builder))
                .WithTracing(tracing => tracing.AddCghSources().AddOtlpExporter());
        }

        return builder;
    }

    /// <summary>Whether an OTLP endpoint is configured.</summary>
    internal static bool ExportsTelemetry(this IHostApplicationBuilder builder) => !string.IsNullOrWhiteSpace(builder.Configuration[Endpoint]);

    /// <summary>The spans of commands, of messages and of the run store.</summary>
    internal static TracerProviderBuilder AddCghSources(this TracerProviderBuilder tracing) =>
        tracing.SetSampler(new TraceSampler()).AddSource("MassTransit", "Cgh.*");

    /// <summary>Names the service after its program unless the environment names it; the default is <c>unknown_service:dotnet</c>.</summary>
    internal static ResourceBuilder AddNameOf(this ResourceBuilder resource, IHostApplicationBuilder builder) =>
        string.IsNullOrWhiteSpace(builder.Configuration[ServiceName]) ? resource.AddService(builder.Environment.ApplicationName) : resource;
}
