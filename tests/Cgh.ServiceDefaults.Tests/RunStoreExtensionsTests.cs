using System.Diagnostics;
using Cgh.RunStore;
using Cgh.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using StackExchange.Redis;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed class RunStoreExtensionsTests
{
    private const string RedisSource = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddRunStore_SettingsOfAspire_ConfigureTheClient()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["ConnectionStrings:redis"] = "somewhere:6379,abortConnect=true";
        builder.Configuration["Aspire:StackExchange:Redis:ConfigurationOptions:ConnectTimeout"] = "1234";
        builder.AddServiceDefaults();

        builder.AddRunStore();

        await using var service = builder.Build();
        var options = service.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;
        Assert.Equal((1234, false), (options.ConnectTimeout, options.AbortOnConnectFail));
        Assert.EndsWith("somewhere:6379", Assert.Single(options.EndPoints).ToString());
        // Without an endpoint, nothing listens: the client does not even time its commands.
        Assert.Null(service.Services.GetService<TracerProvider>());
    }

    [Fact]
    public void AddRunStore_AddressSetInCode_IsTheClients()
    {
        // A source added to this builder's configuration discards what was set before.
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:redis"] = "somewhere:6379";

        builder.AddRunStore();

        using var service = builder.Build();
        var options = service.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;
        Assert.EndsWith("somewhere:6379", Assert.Single(options.EndPoints).ToString());
    }

    [Fact]
    public async Task RunStore_CalledWithinASpanAndWithout_OnlyTheFormerIsTraced()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var service = await ObservedService.StartAsync(builder =>
        {
            builder.Configuration["ConnectionStrings:redis"] = redis.Address;
            builder.AddRunStore();
        });
        var store = service.Services.GetRequiredService<IRunStore>();
        using var activities = new ActivitySource("Cgh.Sample");

        await store.FindExperimentAsync("polled", Stop);
        await service.Http.GetAsync(new Uri("/health", UriKind.Relative), Stop);
        using (activities.StartActivity("command"))
        {
            await store.FindExperimentAsync("wanted", Stop);
        }

        await service.StopAsync();
        var spans = service.Receiver.Spans;
        Assert.Equal(2, spans.Count);
        var command = Assert.Single(spans, span => span.Name == "command");
        var call = Assert.Single(spans, span => span.Source == RedisSource);
        Assert.Equal(("GET", command.SpanId), (call.Name, call.ParentId));
    }
}
