using Cgh.AppHost.Servers;
using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cgh.AppHost.Tests;

public sealed class ReadinessCheckTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CheckHealthAsync_ServiceBecomesReadyMeanwhile_IsHealthyAtTheFirstCheck()
    {
        var asked = 0;
        await using var service = await StartAsync("ours", () => ++asked < 3 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(service, "ours")).Status);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task CheckHealthAsync_AnotherProgramHasThePort_SaysSo()
    {
        await using var service = await StartAsync("another", () => StatusCodes.Status200OK);

        var result = await CheckAsync(service, "ours");

        Assert.Equal((HealthStatus.Unhealthy, $"Another program responds at {service.Urls.First()}."), (result.Status, result.Description));
    }

    private static Task<HealthCheckResult> CheckAsync(WebApplication service, string instance) =>
        ReadinessCheck.OfService(() => service.Urls.First(), instance).CheckHealthAsync(new HealthCheckContext(), Stop);

    private static async Task<WebApplication> StartAsync(string instance, Func<int> status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/health", (HttpResponse response) =>
        {
            response.Headers[ControlApi.InstanceHeader] = instance;
            return TypedResults.StatusCode(status());
        });
        await app.StartAsync(Stop);
        return app;
    }
}
