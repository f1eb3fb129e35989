using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cgh.RunStore.Tests;

/// <summary>Commands that an earlier interrupted command has half carried out.</summary>
public sealed class ExperimentSubmitterTests : IAsyncLifetime
{
    private static readonly RunId s_run = new("demo-1", "rm3");

    private static readonly Recipe s_recipe = new()
    {
        Name = "demo",
        Dataset = new DatasetRequest { Name = "demo" },
        Runs = [new RunSpec { Name = s_run.Name, Dataset = "demo" }],
    };

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddMassTransitTestHarness(TextWriter.Null, bus => bus.DisableUsageTelemetry())
        .BuildServiceProvider(validateScopes: true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private MemoryRunStore Store { get; } = new();

    private ITestHarness Bus => _services.GetRequiredService<ITestHarness>();

    private ExperimentSubmitter Submitter => new(Store, _services.GetRequiredService<IBus>(), _clock, Broker);

    private FakeBroker Broker { get; } = new();

    public async ValueTask InitializeAsync() => await Bus.Start();

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    [Theory]
    [InlineData(ExperimentStatus.Interrupted)]
    [InlineData(ExperimentStatus.Failed)]
    public async Task Resume_QueuedRunOfAnEndedExperiment_ReopensTheExperiment(ExperimentStatus ended)
    {
        await AddAsync(ended, RunStatus.Queued);

        await Submitter.ResumeAsync(s_run, Stop);

        Assert.Equal(ExperimentStatus.Preparing, (await Store.FindExperimentAsync("demo-1", Stop))!.Status);
        Assert.True(await Bus.Sent.Any<StartExperiment>(sent => sent.Context.Message.Experiment == "demo-1", Stop));
    }

    [Fact]
    public async Task ResumeExperiment_QueuedRunOfAnEndedExperiment_ReopensTheExperiment()
    {
        await AddAsync(ExperimentStatus.Interrupted, RunStatus.Queued);

        Assert.Equal([s_run], await Submitter.ResumeExperimentAsync("demo-1", Stop));

        Assert.Equal(ExperimentStatus.Preparing, (await Store.FindExperimentAsync("demo-1", Stop))!.Status);
        Assert.True(await Bus.Sent.Any<StartExperiment>(sent => sent.Context.Message.Experiment == "demo-1", Stop));
    }

    [Theory]
    [InlineData(RunStatus.Queued, ExperimentStatus.Running, "demo-1/rm3 cannot be resumed: it is already queued.")]
    [InlineData(RunStatus.Completed, ExperimentStatus.Completed, "demo-1/rm3 cannot be resumed: it has completed.")]
    public async Task Resume_NothingToResume_IsRefusedWithTheReason(RunStatus status, ExperimentStatus experiment, string expected)
    {
        await AddAsync(experiment, status);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => Submitter.ResumeAsync(s_run, Stop));

        Assert.Equal(expected, error.Message);
        Assert.Empty(await Submitter.ResumeExperimentAsync("demo-1", Stop));
        Assert.Equal(experiment, (await Store.FindExperimentAsync("demo-1", Stop))!.Status);
    }

    [Fact]
    public async Task Submit_BrokerAcceptsNoMessages_SaysWhyAndAddsNothing()
    {
        Broker.Fault = "The broker at here accepts no messages: low on disk.";

        var error = await Assert.ThrowsAsync<UserErrorException>(() => Submitter.SubmitAsync(s_recipe, Stop));

        Assert.Equal((Broker.Fault, 4), (error.Message, error.ExitCode));
        Assert.Empty(await Store.ListExperimentsAsync(cancellationToken: Stop));
    }

    [Fact]
    public async Task Submit_MessageIsNotSent_ExperimentAndRunsHaveFailedAndCanBeResumed()
    {
        // The broker fails between the question and the message.
        using var late = new CancellationTokenSource();
        Broker.Asked = late.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Submitter.SubmitAsync(s_recipe, late.Token));

        var experiment = Assert.Single(await Store.ListExperimentsAsync(cancellationToken: Stop));
        var run = Assert.Single(await Store.ListRunsAsync(experiment.Id, Stop));
        Assert.Equal((ExperimentStatus.Failed, RunStatus.Failed), (experiment.Status, run.Status));
        Assert.Equal("Not started: the broker did not accept the message.", experiment.Error);
        Assert.Equal(experiment.Error, run.Error);

        Broker.Asked = null;
        Assert.Equal([run.Id], await Submitter.ResumeExperimentAsync(experiment.Id, Stop));
        Assert.Equal(ExperimentStatus.Preparing, (await Store.FindExperimentAsync(experiment.Id, Stop))!.Status);
        Assert.True(await Bus.Sent.Any<StartExperiment>(sent => sent.Context.Message.Experiment == experiment.Id, Stop));
    }

    [Theory]
    [InlineData(RunStatus.Running, RunStatus.Running)]
    [InlineData(RunStatus.Queued, RunStatus.Cancelled)]
    public async Task Cancel_BrokerAcceptsNoMessages_IsInTheStoreAndNothingIsSent(RunStatus before, RunStatus after)
    {
        await AddAsync(ExperimentStatus.Running, before);
        Broker.Fault = "The broker at here accepts no messages: low on memory.";

        await Submitter.CancelAsync(s_run, Stop);

        var run = (await Store.FindRunAsync(s_run, Stop))!;
        Assert.Equal((after, before == RunStatus.Running), (run.Status, run.StopRequest == StopRequest.Cancel));
        Assert.False(await Bus.Published.Any<CancelRun>(new CancellationToken(canceled: true)));
        Assert.False(await Bus.Published.Any<RunEnded>(new CancellationToken(canceled: true)));
    }

    private sealed class FakeBroker : IBrokerStatus
    {
        public string? Fault { get; set; }

        public Action? Asked { get; set; }

        public Task<string?> FaultAsync(CancellationToken cancellationToken = default)
        {
            Asked?.Invoke();
            return Task.FromResult(Fault);
        }
    }

    private async Task AddAsync(ExperimentStatus experiment, RunStatus run)
    {
        var spec = new RunSpec { Name = s_run.Name, Dataset = "demo" };
        await Store.AddExperimentAsync(
            new ExperimentState
            {
                Id = s_run.Experiment,
                Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [spec] },
                Created = _clock.GetUtcNow(),
                Status = experiment,
            },
            [new RunState { Id = s_run, Spec = spec, Status = run, Queued = _clock.GetUtcNow() }],
            Stop);
    }
}
