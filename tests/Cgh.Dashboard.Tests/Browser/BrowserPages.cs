using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>Opens pages in the browser of a host. No page may log a console error.</summary>
public abstract class BrowserPages : IClassFixture<DashboardHost>, IAsyncDisposable
{
    private readonly List<string> _complaints = [];
    private readonly List<IBrowserContext> _contexts = [];

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected abstract DashboardHost Host { get; }

    /// <summary>Closes the pages.</summary>
    public virtual async ValueTask DisposeAsync()
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
        var context = await Host.Browser!.NewContextAsync(new BrowserNewContextOptions
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

    /// <summary>Opens the table behind the first chart of a page, and checks the page with axe-core and for its width.</summary>
    protected static async Task CheckChartsAsync(IPage page, int width)
    {
        await EventuallyAsync(page, "() => String((document.querySelector('.curve-plot')?.data?.length ?? 0) > 0)", "true");
        await page.Locator(".figure-table summary").First.ClickAsync();
        await page.Locator(".figure-table td").First.WaitForAsync();

        Assert.Equal("", await AxeAsync(page));
        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
    }

    /// <summary>What axe-core finds on a page: a rule and its elements to a line.</summary>
    protected static async Task<string> AxeAsync(IPage page)
    {
        await page.EvaluateAsync(new BundledAxeScriptProvider().GetScript());
        return await page.EvaluateAsync<string>("""
            async () => (await axe.run()).violations
              .map(rule => `${rule.id}: ${rule.nodes.map(node => `${node.target} ${node.any.map(check => check.message)}`).slice(0, 4).join(' | ')}`).join('\n')
            """);
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
}
