using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Tests;

namespace Cgh.AppHost.Tests.Boots;

/// <summary>Each mode, started for real: a recipe runs, its trace is complete, and what Aspire's dashboard shows is in order.</summary>
[Collection(Boots.Name)]
public sealed class ModeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_Embedded_RunsARecipeInOneProcess()
    {
        await using var laboratory = await BootedLaboratory.StartAsync("--Infrastructure:Mode", "Embedded");

        await AssertWorksAsync(laboratory, "laboratory");
    }

    [Fact]
    public async Task Start_ExistingServers_AreChosenByTheirConnectionStrings()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var broker = await RabbitMqServerProcess.StartAsync(Required.RabbitMqServer(), Stop);
        await using var laboratory = await BootedLaboratory.StartAsync(
            "--ConnectionStrings:redis", redis.Address, "--ConnectionStrings:messaging", broker.Address);

        await AssertWorksAsync(laboratory, "dataprep", "laboratory", "trainer");
    }

    [Fact]
    public async Task Start_Executables_RunsRedisAndRabbitMqOfThisMachine()
    {
        await using var laboratory = await BootedLaboratory.StartAsync(
            "--Infrastructure:Mode", "Executables",
            "--Infrastructure:RedisServer", Required.RedisServer(), "--Infrastructure:RabbitMqServer", Required.RabbitMqServer());

        await AssertWorksAsync(laboratory, "dataprep", "laboratory", "trainer");
    }

    [Fact]
    public async Task Start_Containers_RunsRedisAndRabbitMqInContainers()
    {
        await Containers.RequireAsync(Stop);
        await using var laboratory = await BootedLaboratory.StartAsync("--Infrastructure:Mode", "Containers");

        await AssertWorksAsync(laboratory, "dataprep", "laboratory", "trainer");
    }

    [Fact]
    public async Task QueueCommands_ARunIsTraining_PauseItAndLetItContinue()
    {
        await using var laboratory = await BootedLaboratory.StartAsync("--Infrastructure:Mode", "Embedded");
        var experiment = await laboratory.StartRecipeAsync(BootedLaboratory.Longer);
        var run = RunOf(experiment);
        await WaitUntilAsync(() => run.Exists);

        Assert.Equal("1 run paused.", await laboratory.CommandAsync(LaboratoryCommands.PauseQueue));
        // A running run pauses within a step; until then there is nothing to resume.
        await WaitUntilAsync(async () => await laboratory.CommandAsync(LaboratoryCommands.ResumeQueue) == "1 run queued again.");

        await CompletedAsync(experiment);
        Assert.Equal(2, run.Load().Attempts.Count);
    }

    private static async Task AssertWorksAsync(BootedLaboratory laboratory, params string[] services)
    {
        Assert.Equal(services, laboratory.Services.Order(StringComparer.Ordinal));
        await AssertLinksAsync(laboratory);

        var experiment = await laboratory.StartRecipeAsync(BootedLaboratory.Quick);
        await CompletedAsync(experiment);

        var trace = await laboratory.Receiver.ExperimentTraceAsync("submit experiment", Path.GetFileName(experiment.Path), Boots.Timeout, Stop);
        OtlpTraces.AssertComplete(trace);
        Assert.Equal(("laboratory", "POST /control/experiments"), (trace[0].Service, trace[0].Name));
        Assert.Single(trace, span => span.Name == "attempt");
        Assert.Equal(services, trace.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(laboratory.Receiver.Logs, log => log.Severity >= OtlpLog.Error);
    }

    // Names for all links, and none that leads nowhere.
    private static async Task AssertLinksAsync(BootedLaboratory laboratory)
    {
        using var http = new HttpClient();
        foreach (var service in laboratory.Services)
        {
            var (name, url) = Assert.Single(laboratory.LinksOf(service));
            Assert.Equal(service == Laboratory.PagesName ? "Laboratory" : "Health", name);
            using var response = await http.GetAsync(new Uri(url), Stop);
            Assert.True(response.IsSuccessStatusCode, $"{url} answers {response.StatusCode}.");
        }
    }

    // An experiment whose run is paused has a report too.
    private static Task CompletedAsync(ExperimentFolder experiment) => WaitUntilAsync(() =>
        File.Exists(experiment.Report) && RunOf(experiment).Load().Status == RunStatus.Completed);

    private static RunFolder RunOf(ExperimentFolder experiment) => new(Path.Combine(experiment.Path, "rm3"));

    private static Task WaitUntilAsync(Func<bool> holds) => WaitUntilAsync(() => Task.FromResult(holds()));

    private static async Task WaitUntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Boots.Timeout);
        while (!await holds())
        {
            await Task.Delay(100, limit.Token);
        }
    }
}
