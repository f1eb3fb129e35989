using Bunit;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class RunActionsTests : PageContext
{
    [Theory]
    [InlineData(RunStatus.Queued, null, "Pause,Cancel")]
    [InlineData(RunStatus.Running, null, "Pause,Cancel")]
    [InlineData(RunStatus.Running, StopRequest.Pause, "Cancel")]
    [InlineData(RunStatus.Running, StopRequest.Cancel, "")]
    [InlineData(RunStatus.Paused, null, "Resume")]
    [InlineData(RunStatus.Interrupted, null, "Resume")]
    [InlineData(RunStatus.Cancelled, null, "Resume")]
    [InlineData(RunStatus.Parked, null, "Requeue")]
    [InlineData(RunStatus.Failed, null, "Requeue")]
    [InlineData(RunStatus.Completed, null, "")]
    public void Render_Status_OffersTheCommandsThatApply(RunStatus status, StopRequest? request, string expected)
    {
        var actions = RenderOf(Samples.Trained(Samples.Sgd) with { Status = status, StopRequest = request });

        Assert.Equal(expected, string.Join(',', actions.FindAll("button").Select(button => button.TextContent)));
        Assert.Equal(
            request is null ? "" : request == StopRequest.Cancel ? "Cancelling…" : "Pausing…",
            actions.FindAll("[role=status]").SingleOrDefault()?.TextContent ?? "");
    }

    [Fact]
    public async Task Pause_Running_IsRequestedAndTheTrainersAreTold()
    {
        var bus = await StartBusAsync();
        var actions = await AddAndRenderAsync(Samples.Trained(Samples.Sgd));

        await actions.Find("[aria-label='Pause sgd']").ClickAsync();

        Assert.Equal(StopRequest.Pause, (await FindAsync()).StopRequest);
        Assert.True(await bus.Published.Any<PauseRun>(message => message.Context.Message.Run == Samples.Sgd, Stop));
    }

    [Fact]
    public async Task Cancel_Queued_NeedsNoConfirmation()
    {
        await StartBusAsync();
        var actions = await AddAndRenderAsync(Samples.Run(Samples.Sgd));

        await actions.Find("[aria-label='Cancel sgd']").ClickAsync();

        Assert.Equal(RunStatus.Cancelled, (await FindAsync()).Status);
    }

    [Theory]
    [InlineData(RunStatus.Parked, "Requeue sgd")]
    [InlineData(RunStatus.Paused, "Resume sgd")]
    public async Task Resume_StoppedRun_IsQueuedAndTheCoordinatorIsTold(RunStatus status, string label)
    {
        var bus = await StartBusAsync();
        var actions = await AddAndRenderAsync(Samples.Trained(Samples.Sgd) with { Status = status });

        await actions.Find($"[aria-label='{label}']").ClickAsync();

        Assert.Equal(RunStatus.Queued, (await FindAsync()).Status);
        Assert.True(await bus.Sent.Any<StartExperiment>(message => message.Context.Message.Experiment == Samples.Id, Stop));
    }

    [Fact]
    public async Task Command_InProgress_ButtonsAreDisabledAndASecondClickIsIgnored()
    {
        await StartBusAsync();
        var actions = await AddAndRenderAsync(Samples.Run(Samples.Sgd));
        Store.Hold();

        var order = actions.Find("[aria-label='Pause sgd']").ClickAsync();
        Assert.All(actions.FindAll("button"), button => Assert.True(button.HasAttribute("disabled")));
        await actions.Find("[aria-label='Cancel sgd']").ClickAsync();
        Store.Release();
        await order;

        Assert.Equal(RunStatus.Paused, (await FindAsync()).Status);
        Assert.All(actions.FindAll("button"), button => Assert.False(button.HasAttribute("disabled")));
    }

    [Fact]
    public async Task Command_RunHasChangedMeanwhile_ShowsTheReasonInOneLine()
    {
        var actions = await AddAndRenderAsync(Samples.Trained(Samples.Sgd));
        await Store.UpdateRunAsync(Samples.Sgd, 1, run => run with { Status = RunStatus.Completed }, Stop);

        await actions.Find("[aria-label='Pause sgd']").ClickAsync();

        Assert.Equal($"{Samples.Sgd} cannot be paused: it has completed.", actions.Find(".command-error").TextContent);
    }

    [Fact]
    public void Render_NotInteractiveYet_ButtonsAreDisabled()
    {
        SetRendererInfo(new Microsoft.AspNetCore.Components.RendererInfo("Static", isInteractive: false));

        Assert.All(RenderOf(Samples.Trained(Samples.Sgd)).FindAll("button"), button => Assert.True(button.HasAttribute("disabled")));
    }

    private async Task<IRenderedComponent<RunActions>> AddAndRenderAsync(RunState run)
    {
        await Store.AddExperimentAsync(Samples.Experiment, [run], Stop);
        return RenderOf(run);
    }

    private async Task<RunState> FindAsync() => (await Store.FindRunAsync(Samples.Sgd, Stop))!;

    private IRenderedComponent<RunActions> RenderOf(RunState run) => Render<RunActions>(parameters => parameters.Add(component => component.Run, run));
}
