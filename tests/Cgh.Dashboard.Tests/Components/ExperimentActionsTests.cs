using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Components;

public sealed class ExperimentActionsTests : PageContext
{
    [Theory]
    [InlineData(RunStatus.Queued, RunStatus.Completed, "Pause all,Cancel all")]
    [InlineData(RunStatus.Running, RunStatus.Paused, "Pause all,Resume all,Cancel all")]
    [InlineData(RunStatus.Interrupted, RunStatus.Interrupted, "Resume all")]
    [InlineData(RunStatus.Parked, RunStatus.Failed, "Resume all")]
    [InlineData(RunStatus.Completed, RunStatus.Completed, "")]
    public void Render_Runs_OffersTheCommandsThatApply(RunStatus sgd, RunStatus rm3, string expected) =>
        Assert.Equal(expected, Offered(RenderOf(Samples.Trained(Samples.Sgd) with { Status = sgd }, Samples.Trained(Samples.Rm3) with { Status = rm3 })));

    [Theory]
    [InlineData(StopRequest.Pause, "Cancel all")]
    [InlineData(StopRequest.Cancel, "")]
    public void Render_StopAlreadyRequested_IsNotOfferedAgain(StopRequest request, string expected) =>
        Assert.Equal(expected, Offered(RenderOf(Samples.Trained(Samples.Sgd) with { StopRequest = request })));

    [Fact]
    public async Task PauseAll_Clicked_QueuedAndRunningRunsGetARequest()
    {
        var actions = await AddAndRenderAsync(Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3));

        await actions.Find("button").ClickAsync();

        Assert.Equal(StopRequest.Pause, (await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        Assert.Equal(RunStatus.Paused, (await Store.FindRunAsync(Samples.Rm3, Stop))!.Status);
    }

    [Fact]
    public async Task ResumeAll_Clicked_IncompleteRunsAreQueuedAndTheExperimentReopens()
    {
        var actions = await AddAndRenderAsync(
            Samples.Trained(Samples.Sgd) with { Status = RunStatus.Paused },
            Samples.Trained(Samples.Rm3) with { Status = RunStatus.Completed });
        await Store.UpdateExperimentAsync(Samples.Id, experiment => experiment with { Status = ExperimentStatus.Interrupted }, Stop);

        await actions.Find("[aria-label^='Resume all']").ClickAsync();

        Assert.Equal(RunStatus.Queued, (await Store.FindRunAsync(Samples.Sgd, Stop))!.Status);
        Assert.Equal(RunStatus.Completed, (await Store.FindRunAsync(Samples.Rm3, Stop))!.Status);
        Assert.Equal(ExperimentStatus.Preparing, (await Store.FindExperimentAsync(Samples.Id, Stop))!.Status);
    }

    [Fact]
    public async Task CancelAll_Declined_ShowsTheCountAndChangesNothing()
    {
        var actions = await AddAndRenderAsync(Samples.Trained(Samples.Sgd), Samples.Trained(Samples.Rm3) with { Status = RunStatus.Paused });

        actions.Find("[aria-label^='Cancel all']").Click();
        Assert.Contains("Cancel 2 runs?", actions.Find(".confirm-box").TextContent, StringComparison.Ordinal);
        actions.Find(".confirm-box .btn-outline-secondary").Click();

        Assert.Empty(actions.FindAll(".confirm-box"));
        Assert.Null((await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
    }

    private static string Offered(IRenderedComponent<ExperimentActions> actions) =>
        string.Join(',', actions.FindAll("button").Select(button => button.TextContent));

    private async Task<IRenderedComponent<ExperimentActions>> AddAndRenderAsync(params RunState[] runs)
    {
        await StartBusAsync();
        await Store.AddExperimentAsync(Samples.Experiment, runs, Stop);
        return RenderOf(runs);
    }

    private IRenderedComponent<ExperimentActions> RenderOf(params RunState[] runs) =>
        Render<ExperimentActions>(parameters => parameters.Add(component => component.Experiment, Samples.Id).Add(component => component.Runs, runs));
}
