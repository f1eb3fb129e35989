using Bunit;
using Cgh.Dashboard.Layout;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class RejectedMessagesPageTests : PageContext
{
    private static readonly RejectedMessage s_newer = new(
        Samples.Created,
        "start-run",
        "StartRun",
        "It is of version 2; this service knows version 1.",
        "{ \"run\": \"<b>x</b>\" }");

    [Fact]
    public void Render_None_SaysSo()
    {
        var page = Render<RejectedMessagesPage>();

        Assert.Contains("No rejected messages.", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
    }

    [Fact]
    public async Task Render_Some_NewestFirstWithReasonAndBody()
    {
        await Store.AddRejectedMessageAsync(s_newer with { What = "Garbage", Body = "" }, Stop);
        await Store.AddRejectedMessageAsync(s_newer, Stop);

        var page = Render<RejectedMessagesPage>();

        Assert.Equal(["StartRun", "Garbage"], page.FindAll("tr.rejected td[data-label=Type]").Select(cell => cell.TextContent));
        var first = page.FindAll("tr.rejected")[0];
        Assert.Equal("start-run", first.QuerySelector("td[data-label=Queue]")!.TextContent);
        Assert.Equal(s_newer.Reason, first.QuerySelector("td[data-label=Reason] > span")!.TextContent);
        Assert.Equal(s_newer.Body, first.QuerySelector("pre")!.TextContent);
        Assert.Single(page.FindAll("details"));
    }

    [Fact]
    public async Task Dismiss_Confirmed_ClearsTheListAndTheBadge()
    {
        await Store.AddRejectedMessageAsync(s_newer, Stop);
        var link = Render<RejectedMessagesLink>();
        var page = Render<RejectedMessagesPage>();
        Assert.Equal("1", link.Find(".badge").TextContent);

        page.Find("[aria-label='Dismiss all rejected messages']").Click();
        Assert.Single(await Store.ListRejectedMessagesAsync(cancellationToken: Stop));
        await page.Find(".confirm .btn-danger").ClickAsync();

        Assert.Empty(await Store.ListRejectedMessagesAsync(cancellationToken: Stop));
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("tr.rejected")));
        link.WaitForAssertion(() => Assert.Empty(link.FindAll(".badge")));
    }

    [Fact]
    public async Task Dismiss_StoreIsDown_ShowsAnErrorBesideTheButton()
    {
        await Store.AddRejectedMessageAsync(s_newer, Stop);
        var page = Render<RejectedMessagesPage>();
        Store.IsDown = true;

        page.Find("[aria-label='Dismiss all rejected messages']").Click();
        await page.Find(".confirm .btn-danger").ClickAsync();

        Assert.Equal($"{RunStoreFault.NotResponding} Try again in a moment.", page.Find(".command-error").TextContent);
        Assert.False(page.Find("[aria-label='Dismiss all rejected messages']").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Link_MessageIsRejected_BadgeFollowsAtTheNextRefresh()
    {
        var link = Render<RejectedMessagesLink>();
        Assert.Empty(link.FindAll(".badge"));
        await Store.AddRejectedMessageAsync(s_newer, Stop);

        Clock.Advance(RunFeed.PollInterval);

        link.WaitForAssertion(() => Assert.Equal("1", link.Find(".badge").TextContent));
    }
}
