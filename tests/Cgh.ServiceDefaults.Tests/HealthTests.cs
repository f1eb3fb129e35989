using System.Net;
using Cgh.Core.Messages;
using Cgh.Tests;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed class HealthTests
{
    private const string Password = "hunter2";

    private static readonly Uri s_health = new("/health", UriKind.Relative);
    private static readonly Uri s_alive = new("/alive", UriKind.Relative);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_ServersAreNotRunningYet_IsUnhealthyWithoutAnErrorOrAPasswordInTheLog()
    {
        var port = Loopback.FreePort();
        await using var service = await ObservedService.StartAsync(builder =>
        {
            builder.Configuration["ConnectionStrings:redis"] = $"127.0.0.1:{port},password={Password}";
            builder.Configuration["ConnectionStrings:messaging"] = $"amqp://user:{Password}@127.0.0.1:{port}";
            builder.AddRunStore();
            builder.AddMessageBus(bus => bus.AddConsumer<IdleConsumer>());
        });

        var health = await service.Http.GetAsync(s_health, Stop);
        var alive = await service.Http.GetAsync(s_alive, Stop);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (health.StatusCode, alive.StatusCode));
        Assert.DoesNotContain(Password, await health.Content.ReadAsStringAsync(Stop));
        await service.WaitUntilAsync(all => all.Logs.Any(log => log.Severity == OtlpLog.Warning));
        Assert.DoesNotContain(service.Receiver.Logs, log => log.Severity >= OtlpLog.Error);
        Assert.DoesNotContain(service.Receiver.Logs, log => $"{log.Body} {string.Join(' ', log.Attributes)}".Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_FailsAfterTheServiceWasHealthy_IsLoggedAsAnError()
    {
        var state = HealthStatus.Unhealthy;
        await using var service = await ObservedService.StartAsync(
            builder => builder.Services.AddHealthChecks().AddCheck("server", () => new HealthCheckResult(state, "The server is away.")));

        var starting = await service.Http.GetAsync(s_health, Stop);
        state = HealthStatus.Healthy;
        var started = await service.Http.GetAsync(s_health, Stop);
        state = HealthStatus.Unhealthy;
        var failing = await service.Http.GetAsync(s_health, Stop);

        Assert.Equal(
            [HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable],
            new[] { starting.StatusCode, started.StatusCode, failing.StatusCode });
        Assert.Equal("Unhealthy\nThe server is away.", await failing.Content.ReadAsStringAsync(Stop));
        await service.WaitUntilAsync(all => all.Logs.Any(log => log.Severity == OtlpLog.Error));
        await service.StopAsync();
        Assert.Single(service.Receiver.Logs, log => log.Severity >= OtlpLog.Warning);
    }

    private sealed class IdleConsumer : IConsumer<RunEnded>
    {
        public Task Consume(ConsumeContext<RunEnded> context) => Task.CompletedTask;
    }
}
