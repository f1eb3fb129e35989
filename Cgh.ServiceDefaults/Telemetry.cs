using Cgh.Core.Messages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults;

/// <summary>Traces, metrics and logs over OTLP; disabled unless an endpoint is set.</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[Endpoint]))
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("MassTransit", "Cgh.*"))
            .WithTracing(tracing => tracing
                .SetSampler(new ParentBasedSampler(new RootSampler()))
                .AddAspNetCoreInstrumentation(requests =>
                {
                    // Health checks and SignalR renderings would bury the traces of user commands.
                    requests.Filter = context => context.Request.Path != ServiceDefaultsExtensions.HealthPath
                        && context.Request.Path != ServiceDefaultsExtensions.AlivePath;
                    requests.EnableAspNetCoreSignalRSupport = false;
                })
                .AddHttpClientInstrumentation()
                // A click on a page is a component event, not a request.
                .AddSource("Microsoft.AspNetCore.Components", "MassTransit", "Cgh.*"))
            .UseOtlpExporter();
    }

    /// <summary>Starts traces for everything except progress events, which are published several times a second.</summary>
    internal sealed class RootSampler : Sampler
    {
        // The end of MassTransit's span name; the transport adds a prefix.
        private static readonly string[] s_progressEvents =
            [.. new[] { typeof(RunProgressed), typeof(SetEvaluated) }.Select(type => $"{type.Namespace}:{type.Name} send")];

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            var name = samplingParameters.Name;
            return new(
                s_progressEvents.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
        }
    }
}
