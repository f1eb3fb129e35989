using System.Diagnostics;
using Cgh.ServiceDefaults.Telemetry;
using Cgh.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed class ClientTracingTests
{
    [Fact]
    public async Task AddClientTracing_HostIsDisposed_ExportsTheSpansUnderTheNameOfTheProgram()
    {
        await using var receiver = OtlpReceiver.Start();

        await RunAsync(receiver.Environment);

        var span = Assert.Single(receiver.Spans);
        Assert.Equal(("cgh", "command", null), (span.Service, span.Name, span.ParentId));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task AddClientTracing_NothingListensAtTheEndpoint_DelaysTheExitByAtMostSeconds(string protocol)
    {
        var started = Stopwatch.GetTimestamp();

        await RunAsync(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Loopback.FreePort()}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
        });

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task AddClientTracing_NoEndpoint_StartsNoSpans() => Assert.False(await RunAsync(new Dictionary<string, string?>()));

    // Returns whether the command had a span.
    private static async Task<bool> RunAsync(IReadOnlyDictionary<string, string?> settings)
    {
        using var activities = new ActivitySource("Cgh.Sample");
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "cgh", DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        using var host = builder.AddClientTracing().Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var span = activities.StartActivity("command");
        await host.StopAsync(TestContext.Current.CancellationToken);
        return span is not null;
    }
}
