using Bunit;
using Cgh.Dashboard.Layout;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class TroublesPageTests : PageContext
{
    private static readonly Trouble s_newer = new(Samples.Created, "start-run", "StartRun", "It is of version 2; this service knows version 1.", "{ \"run\": \"<b>x</b>\" }");

    [Fact]
    public void Render_None_SaysSo()
    {
        var page = Render<TroublesPage>();

        Assert.Contains("None.", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
    }

    [Fact]
    public async Task Render_Some_NewestFirstWithReasonAndBody()
    {
        await Store.AddTroubleAsync(s_newer with { What = "Garbage", Body = "" }, Stop);
        await Store.AddTroubleAsync(s_newer, Stop);

        var page = Render<TroublesPage>();

        Assert.Equal(["StartRun", "Garbage"], page.FindAll("tr.trouble td[data-label=Message]").Select(cell => cell.TextContent));
        var first = page.FindAll("tr.trouble")[0];
        Assert.Equal("start-run", first.QuerySelector("td[data-label=Queue]")!.TextContent);
        Assert.Equal(s_newer.Reason, first.QuerySelector("td[data-label=Why] > span")!.TextContent);
        Assert.Equal(s_newer.Body, first.QuerySelector("pre")!.TextContent);
        Assert.Single(page.FindAll("details"));
    }

    [Fact]
    public async Task Dismiss_Confirmed_TheListAndTheNumberInTheNavigationGo()
    {
        await Store.AddTroubleAsync(s_newer, Stop);
        var link = Render<TroublesLink>();
        var page = Render<TroublesPage>();
        Assert.Equal("1", link.Find(".badge").TextContent);

        page.Find("[aria-label='Dismiss all troubles']").Click();
        Assert.Single(await Store.ListTroublesAsync(stop: Stop));
        await page.Find(".question .btn-danger").ClickAsync();

        Assert.Empty(await Store.ListTroublesAsync(stop: Stop));
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("tr.trouble")));
        link.WaitForAssertion(() => Assert.Empty(link.FindAll(".badge")));
    }

    [Fact]
    public async Task Dismiss_StoreIsAway_SaysSoBesideTheButton()
    {
        await Store.AddTroubleAsync(s_newer, Stop);
        var page = Render<TroublesPage>();
        Store.IsDown = true;

        page.Find("[aria-label='Dismiss all troubles']").Click();
        await page.Find(".question .btn-danger").ClickAsync();

        Assert.Equal("The run store does not answer. Try again in a moment.", page.Find(".order-error").TextContent);
        Assert.False(page.Find("[aria-label='Dismiss all troubles']").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Link_TroubleComes_ShowsTheNumberAtTheNextLook()
    {
        var link = Render<TroublesLink>();
        Assert.Empty(link.FindAll(".badge"));
        await Store.AddTroubleAsync(s_newer, Stop);

        Clock.Advance(RunFeed.Poll);

        link.WaitForAssertion(() => Assert.Equal("1", link.Find(".badge").TextContent));
    }
}
