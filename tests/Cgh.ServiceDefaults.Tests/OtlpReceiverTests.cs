using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cgh.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

/// <summary>The receiver that other tests rely on, against the exporter of the SDK.</summary>
[Collection(Exporters.Collection)]
public sealed class OtlpReceiverTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Start_ServiceExportsEverything_DecodesIt()
    {
        await using var receiver = OtlpReceiver.Start();
        var builder = WebApplication.CreateBuilder().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
        builder.Configuration.AddInMemoryCollection(receiver.Environment);
        builder.Configuration["OTEL_SERVICE_NAME"] = "sample";
        builder.AddServiceDefaults();
        await using var service = builder.Build();
        await service.StartAsync(TestContext.Current.CancellationToken);
        using var activities = new ActivitySource("Cgh.Sample");
        using var meter = new Meter("Cgh.Sample");
        meter.CreateObservableGauge("share", () => new Measurement<double>(0.25, new KeyValuePair<string, object?>("run", "rm3")), "1");
        meter.CreateCounter<long>("count", "{thing}").Add(3);
        meter.CreateHistogram<double>("time", "s").Record(1.5);
        using (var root = activities.StartActivity("outer"))
        {
            using var inner = activities.StartActivity("inner");
            inner?.SetTag("text", "some").SetTag("number", 7).SetTag("truth", true).SetTag("half", 0.5).SetStatus(ActivityStatusCode.Error);
            service.Logger.LogWarning("Something in {Place} happened.", "the test");
        }

        await receiver.WaitUntilAsync(
            all => all.Spans.Any(span => span.Name == "outer") && all.Logs.Any(log => log.Body.StartsWith("Something", StringComparison.Ordinal))
                && all.Measurements.Any(point => point.Name == "time"),
            s_timeout,
            TestContext.Current.CancellationToken);

        var trace = receiver.TraceOf("outer");
        Assert.Equal(["outer", "inner"], trace.Select(span => span.Name));
        Assert.Null(trace[0].ParentId);
        Assert.Equal(trace[0].SpanId, trace[1].ParentId);
        Assert.Equal(("sample", "Cgh.Sample", true, false), (trace[1].Service, trace[1].Source, trace[1].HasFailed, trace[0].HasFailed));
        Assert.True(trace[0].Start <= trace[1].Start && trace[1].End <= trace[0].End && trace[0].End <= DateTimeOffset.UtcNow, OtlpReceiver.Describe(trace));
        Assert.Equal(
            new Dictionary<string, string> { ["text"] = "some", ["number"] = "7", ["truth"] = "true", ["half"] = "0.5" }, trace[1].Attributes);
        var log = receiver.Logs.First(log => log.Body.StartsWith("Something", StringComparison.Ordinal));
        Assert.Equal(("Something in the test happened.", OtlpLog.Warning, trace[0].TraceId), (log.Body, log.Severity, log.TraceId));
        Assert.Equal("the test", log.Attributes["Place"]);
        Assert.Equal((3.0, "{thing}"), Measured("count"));
        Assert.Equal((1.0, "s"), Measured("time"));
        Assert.Equal((0.25, "1"), Measured("share"));
        Assert.Equal("rm3", receiver.Measurements.First(point => point.Name == "share").Attributes["run"]);

        (double Value, string Unit) Measured(string name)
        {
            var point = receiver.Measurements.Last(point => point.Meter == "Cgh.Sample" && point.Name == name);
            return (point.Value, point.Unit);
        }
    }
}
