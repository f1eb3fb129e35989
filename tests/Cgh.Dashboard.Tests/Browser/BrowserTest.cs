using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>Tests in a real browser. Each has its own experiment, and no page may log a console error.</summary>
public abstract class BrowserTest(DashboardHost host) : IClassFixture<DashboardHost>, IAsyncLifetime
{
    private readonly List<string> _complaints = [];
    private readonly List<IBrowserContext> _contexts = [];

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected DashboardHost Host => host;

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

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var context in _contexts)
        {
            await context.DisposeAsync();
        }

        Assert.Empty(_complaints);
    }

    protected async Task<IPage> OpenAsync(string address, int width = 1280, bool dark = false)
    {
        var context = await host.Browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 844 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            IsMobile = width < 500,
            HasTouch = width < 500,
        });
        _contexts.Add(context);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            // A 404 is intended; any other error, such as a violation of the security policy, fails the test.
            if (message.Type is "error" or "warning" && !message.Text.Contains("404", StringComparison.Ordinal))
            {
                _complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
        await page.GotoAsync(address);

        // Clicks are lost until the page is interactive.
        await page.Locator("main[aria-busy=false]").WaitForAsync();
        return page;
    }

    // Playwright's WaitForFunction evaluates strings in the page, which the security policy forbids.
    protected static async Task EventuallyAsync(IPage page, string function, string expected)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        string? value;
        while ((value = await page.EvaluateAsync<string>(function)) != expected && DateTime.UtcNow < deadline)
        {
            await Task.Delay(50, Stop);
        }

        Assert.Equal(expected, value);
    }

    protected async Task AppendAsync(RunId run, int first, int count)
    {
        double[][] rows = [.. Enumerable.Range(first, count).Select(epoch => Samples.Row(epoch, epoch))];
        Assert.True(await host.Store.AppendRowsAsync(run, 1, Curves.Pristine, first, rows, Stop));
        host.Feed.Publish(new FeedChange(run.Experiment));
    }
}
