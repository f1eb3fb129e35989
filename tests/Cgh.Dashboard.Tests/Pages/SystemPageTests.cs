using Bunit;
using Cgh.Core.Files;
using Cgh.Core.Store;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class SystemPageTests : PageContext
{
    private static readonly TrainerState s_idle = new()
    {
        Id = "bench-9/1/a",
        Host = "bench-9",
        ProcessId = 41,
        Version = "0.1.0",
        Started = Samples.Created,
        Slots = 2,
        Processors = 16,
        AvailableMemory = 128_000_000_000,
        UsedMemory = 90_000_000,
        Gpus = ["NVIDIA H100", "NVIDIA H100"],
    };

    [Fact]
    public void Render_NoTrainer_SaysThatRunsWait() =>
        Assert.Contains("None. Queued runs wait until a trainer starts.", Render<SystemPage>().Markup, StringComparison.Ordinal);

    [Fact]
    public async Task Render_IdleTrainer_ShowsItsHardwareAndThatItIsIdle()
    {
        await Store.ReportTrainerAsync(s_idle, Stop);

        Assert.Equal(
            ["bench-9process 41, version 0.1.0", "16 cores, 128.0 GB, 2 × NVIDIA H100", "90.0 MB", "idle: takes up to 2 runs at a time"],
            CellsOf("bench-9").Where((_, column) => column is not (2 or > 4)));
    }

    [Fact]
    public async Task Render_TrainerWithTwoRuns_ShowsEachWithItsSpeed()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Trained(Samples.Rm3) with { InputWait = 0.25 }], Stop);
        await Store.ReportTrainerAsync(s_idle with { Runs = [Samples.Rm3, Samples.Sgd] }, Stop);

        var cells = CellsOf("bench-9");

        Assert.Equal([$"rm3 {Samples.Id}", "1,432", "25.0%", $"sgd {Samples.Id}", "1,432", "0.0%"], cells.Skip(4));
    }

    [Fact]
    public void Render_StoreIsDown_SaysSoAndKeepsTheRest()
    {
        Store.IsDown = true;

        var page = Render<SystemPage>();

        Assert.Contains("not responding", page.Find("[data-store]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Unknown while the run store does not respond.", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_InMemoryBusAndNoDataFolder_SaysSo()
    {
        var page = Render<SystemPage>();

        Assert.Contains("in this process", page.Find("[data-bus]").TextContent, StringComparison.Ordinal);
        Assert.Contains("none on this machine", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "RabbitMQ accepts messages")]
    [InlineData("RabbitMQ is out of disk.", "RabbitMQ is out of disk.")]
    public void Render_Broker_ShowsWhetherItAcceptsMessages(string? fault, string expected)
    {
        Broker = new FakeBroker(Task.FromResult(fault));
        Data = new DataFolder("/data/laboratory");

        var page = Render<SystemPage>();

        Assert.Contains(expected, page.Find("[data-bus]").TextContent, StringComparison.Ordinal);
        Assert.Contains("/data/laboratory", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_BrokerDoesNotAnswer_ShowsTheRestAfterAMoment()
    {
        Broker = new FakeBroker(new TaskCompletionSource<string?>().Task);

        var page = Render<SystemPage>();
        Clock.Advance(TimeSpan.FromSeconds(2));

        page.WaitForAssertion(
            () => Assert.Contains("RabbitMQ has not responded for 1.5 seconds.", page.Find("[data-bus]").TextContent, StringComparison.Ordinal));
    }

    private IReadOnlyList<string> CellsOf(string host) =>
    [
        .. Render<SystemPage>().FindAll($"[data-trainer={host}] :is(th, td)")
            .Select(cell => string.Join(' ', cell.TextContent.Split().Where(part => part.Length > 0))),
    ];

    private sealed class FakeBroker(Task<string?> fault) : IBrokerStatus
    {
        public Task<string?> FaultAsync(CancellationToken cancellationToken = default) => fault;
    }
}
