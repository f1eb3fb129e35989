using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cgh.Dashboard.Tests.Live;

public sealed class RunFeedConsumerTests
{
    public static TheoryData<object, FeedChange> Events => new()
    {
        { new RunStarted(Samples.Sgd, 1, "bench-7"), new FeedChange(Samples.Id) },
        { new RunProgressed(Samples.Sgd, 1, 10, 6000), new FeedChange(Samples.Id) },
        { new SetEvaluated(Samples.Sgd, 1, Curves.Test, 1), new FeedChange(Samples.Id) },
        { new RunEnded(Samples.Sgd, 1, RunStatus.Completed, null), new FeedChange(Samples.Id) },
        { new ExperimentEnded(Samples.Id, ExperimentStatus.Completed, null), new FeedChange(Samples.Id) },
        { new DatasetProgressed("demo", "packing", 1, 6000), new FeedChange(null, "demo") },
        { new DatasetReady("demo", null, null), new FeedChange(null, "demo") },
    };

    [Theory]
    [MemberData(nameof(Events), DisableDiscoveryEnumeration = true)]
    public async Task Consume_Event_PublishesTheChange(object message, FeedChange expected)
    {
        await using var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<RunFeed>()
            .AddSingleton<InspectionFeed>()
            .AddMassTransitTestHarness(TextWriter.Null, bus =>
            {
                bus.DisableUsageTelemetry();
                DashboardService.AddConsumers(bus);
            })
            .BuildServiceProvider();
        var harness = services.GetRequiredService<ITestHarness>();
        await harness.Start();
        var seen = new TaskCompletionSource<FeedChange>();
        await using var subscription = services.GetRequiredService<RunFeed>().Subscribe(change => seen.TrySetResult(change), _ => Task.CompletedTask);

        await harness.Bus.Publish(message, TestContext.Current.CancellationToken);

        Assert.Equal(expected, await seen.Task.WaitAsync(TestContext.Current.CancellationToken));
    }
}
