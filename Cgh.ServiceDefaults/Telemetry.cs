using Cgh.Core.Messages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults;

/// <summary>Traces, metrics and logs over OTLP. Where nobody has named an endpoint nothing is recorded, and nothing spent on it.</summary>
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
                .SetSampler(new ParentBasedSampler(new BeginningsSampler()))
                .AddAspNetCoreInstrumentation(requests =>
                {
                    // Each sign of life, and each of a page's renderings over SignalR, would be a trace, and hide those of people's orders.
                    requests.Filter = context => context.Request.Path != ServiceDefaultsExtensions.HealthPath && context.Request.Path != ServiceDefaultsExtensions.AlivePath;
                    requests.EnableAspNetCoreSignalRSupport = false;
                })
                .AddHttpClientInstrumentation()
                // A click on a page is an event of the components, not a request.
                .AddSource("Microsoft.AspNetCore.Components", "MassTransit", "Cgh.*"))
            .UseOtlpExporter();
    }

    /// <summary>What may begin a trace: all but the news of a run, which come several times a second and would hide people's orders.</summary>
    internal sealed class BeginningsSampler : Sampler
    {
        // As MassTransit names the sending of a message, behind what its transport puts before.
        private static readonly string[] s_news = [.. new[] { typeof(RunProgressed), typeof(SetEvaluated) }.Select(type => $"{type.Namespace}:{type.Name} send")];

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            var name = samplingParameters.Name;
            return new(s_news.Any(news => name.EndsWith(news, StringComparison.Ordinal)) ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
        }
    }
}
