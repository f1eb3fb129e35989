using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>Tests with an experiment of two runs, each with its own.</summary>
public abstract class BrowserTest(DashboardHost host) : BrowserPages, IAsyncLifetime
{
    protected override DashboardHost Host => host;

    /// <summary>Identifier of the test's experiment.</summary>
    protected string Id { get; } = $"demo-{Guid.NewGuid():N}";

    /// <summary>Address of the test's experiment.</summary>
    protected string Experiment => $"{host.Address}/experiments/{Id}";

    /// <summary>The running one of the experiment's two runs.</summary>
    protected RunId Sgd => new(Id, "sgd");

    public async ValueTask InitializeAsync()
    {
        await host.StartAsync(Stop);
        var experiment = Samples.Experiment with { Id = Id, Created = DateTimeOffset.UtcNow };
        await host.Store.AddExperimentAsync(
            experiment,
            [.. experiment.Recipe.Runs.Select(spec => new RunState { Id = new RunId(Id, spec.Name), Spec = spec, Queued = experiment.Created })],
            Stop);
        Assert.Equal(1, await host.Store.BeginAttemptAsync(Sgd, "bench-7", "bench-7/1", after: 0, Stop));
    }

    protected async Task AppendAsync(RunId run, int first, int count)
    {
        double[][] rows = [.. Enumerable.Range(first, count).Select(epoch => Samples.Row(epoch, epoch))];
        Assert.True(await host.Store.AppendRowsAsync(run, 1, Curves.Pristine, first, rows, Stop));
        host.Feed.Publish(new FeedChange(run.Experiment));
    }
}
