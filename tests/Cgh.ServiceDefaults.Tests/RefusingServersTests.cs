using System.Net;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.RunStore;
using Cgh.Tests;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

/// <summary>A service whose real servers are alive but refuse.</summary>
[Collection(Exporters.Collection)]
public sealed class RefusingServersTests
{
    private static readonly Uri s_health = new("/health", UriKind.Relative);

    private static readonly Recipe s_recipe = new()
    {
        Name = "demo",
        Dataset = new DatasetRequest { Name = "demo" },
        Runs = [new RunSpec { Name = "rm3", Dataset = "demo" }],
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_BrokerIsLowOnDisk_SaysSoAndNothingIsSubmittedUntilItIsCured()
    {
        await using var broker = await RabbitMqServerProcess.StartAsync(Required.RabbitMqServer(), Stop);
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var service = await StartAsync(redis.Address, broker.Address);
        var submitter = service.Services.GetRequiredService<ExperimentSubmitter>();
        var store = service.Services.GetRequiredService<IRunStore>();
        await WaitForHealthAsync(service, HttpStatusCode.OK);
        var before = await submitter.SubmitAsync(s_recipe, Stop);

        await broker.ControlAsync(Stop, "set_disk_free_limit", "900000000000000");
        var fault = $"The broker at {broker.Address.Split('@')[1]} accepts no messages: low on disk. Free disk space on its machine, or lower its limit.";
        var blocked = await WaitForHealthAsync(service, HttpStatusCode.ServiceUnavailable);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => submitter.SubmitAsync(s_recipe, Stop));
        await submitter.CancelExperimentAsync(before, Stop);

        Assert.Contains(fault, blocked.Split('\n'));
        Assert.Equal((fault, 4), (error.Message, error.ExitCode));
        Assert.Equal(before, Assert.Single(await store.ListExperimentsAsync(cancellationToken: Stop)).Id);
        Assert.Equal(RunStatus.Cancelled, Assert.Single(await store.ListRunsAsync(before, Stop)).Status);

        await broker.ControlAsync(Stop, "set_disk_free_limit", "50MB");
        await WaitForHealthAsync(service, HttpStatusCode.OK);
        await submitter.SubmitAsync(s_recipe, Stop);
        Assert.Equal(2, (await store.ListExperimentsAsync(cancellationToken: Stop)).Count);
    }

    [Fact]
    public async Task Health_RunStoreIsFull_SaysSoUntilItIsCured()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true");
        await using var service = await StartAsync(redis.Address, broker: null);
        await WaitForHealthAsync(service, HttpStatusCode.OK);

        await admin.GetServers()[0].ConfigSetAsync("maxmemory", 1);
        Assert.Equal(
            "Unhealthy\nThe run store is full. Raise maxmemory of its Redis server.", await WaitForHealthAsync(service, HttpStatusCode.ServiceUnavailable));

        await admin.GetServers()[0].ConfigSetAsync("maxmemory", 0);
        Assert.Equal("Healthy", await WaitForHealthAsync(service, HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("redis://lab:se,cr@t/%21@")]
    [InlineData("redis://lab:se%2Ccr%40t%2F%21@")]
    public async Task RunStore_UrlWithUserAndPassword_IsUsed(string url)
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true");
        await admin.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "lab", "on", ">se,cr@t/!", "~*", "&*", "+@all");
        await using var service = await StartAsync($"{url}{redis.Address}/3", broker: null);

        await service.Services.GetRequiredService<IRunStore>().MarkFilledAsync(Stop);

        Assert.True(await admin.GetDatabase(3).KeyExistsAsync("cgh:filled"));
        await WaitForHealthAsync(service, HttpStatusCode.OK);
    }

    private static Task<ObservedService> StartAsync(string redis, string? broker) => ObservedService.StartAsync(builder =>
    {
        builder.Configuration["ConnectionStrings:redis"] = redis;
        builder.Configuration["ConnectionStrings:messaging"] = broker;
        builder.AddRunStore();
        builder.AddMessageBus(_ => { });
    });

    private static async Task<string> WaitForHealthAsync(ObservedService service, HttpStatusCode expected)
    {
        for (var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(1); ; await Task.Delay(50, Stop))
        {
            using var response = await service.Http.GetAsync(s_health, Stop);
            var text = await response.Content.ReadAsStringAsync(Stop);
            if (response.StatusCode == expected)
            {
                return text;
            }

            Assert.True(DateTime.UtcNow < deadline, text);
        }
    }
}
