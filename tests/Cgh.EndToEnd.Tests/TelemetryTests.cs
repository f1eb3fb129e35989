using System.Text.RegularExpressions;
using Cgh.Tests;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>What separate services export: one trace for each command, the figures of a run, and nothing while they are idle.</summary>
public sealed class TelemetryTests(ObservedServices observed) : IClassFixture<ObservedServices>
{
    // A trainer reconciles every 2 seconds, and everything every 30; Redis spans are exported every 10.
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_CommandLine_OneTraceFromTheClientToTheReport()
    {
        await observed.StartAsync();
        var experiment = await observed.SubmittedAsync();

        var trace = await observed.TraceAsync("submit experiment", experiment);

        OtlpTraces.AssertComplete(trace);
        Assert.Equal(("cgh", "submit experiment"), (trace[0].Service, trace[0].Name));
        Assert.Equal(["Cgh.Dashboard", "Cgh.DataPrep", "Cgh.Trainer", "cgh"], trace.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal));
        var attempt = Assert.Single(trace, span => span.Name == "attempt");
        Assert.Equal("rm3", attempt.Attributes["cgh.run"]);
        Assert.Equal("completed", attempt.Attributes["cgh.outcome"]);
    }

    [Fact]
    public async Task Click_OnAPage_OneTraceFromTheClickToTheReport()
    {
        await observed.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var page = await browser.NewPageAsync();

        await page.GotoAsync($"{observed.Dashboard.Address}/recipes");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run small" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/experiments/small-"), new() { Timeout = (float)s_timeout.TotalMilliseconds });
        var trace = await observed.TraceAsync("submit experiment", page.Url.Split('/')[^1]);

        OtlpTraces.AssertComplete(trace);
        Assert.Equal("Cgh.Dashboard", trace[0].Service);
        Assert.StartsWith("Event onclick", trace[0].Name);
        Assert.Single(trace, span => span.Name == "attempt");
        var others = observed.Receiver.Spans.Where(span => span is { Service: "Cgh.Dashboard", ParentId: null } && span.TraceId != trace[0].TraceId);
        // The start waits for the first page.
        Assert.All(others, root => Assert.Contains(root.Name, (string[])["GET /", "GET /recipes"]));
    }

    [Fact]
    public async Task Run_Trains_MeasurementsHaveItsTagsAndEndWithIt()
    {
        await observed.StartAsync();
        var experiment = await observed.SubmittedAsync();

        await observed.WaitUntilAsync(all => all.Measurements.Reverse().TakeWhile(point => !IsOfRun(point)).Count(IsNoActiveRun) >= 3);

        var measured = observed.Receiver.Measurements.Where(IsOfRun).ToLookup(point => (point.Name, point.Unit));
        Assert.Equal(
            [("cgh.trainer.images", "{image}/s"), ("cgh.trainer.input_wait", "1"), ("cgh.trainer.loss", "1"), ("cgh.trainer.step.duration", "s")],
            measured.Select(points => points.Key).Order());
        Assert.All(measured, points => Assert.All(points, point => Assert.Equal(("rm3", "rm3"), (point.Attributes["run"], point.Attributes["rule"]))));
        Assert.All(measured[("cgh.trainer.step.duration", "s")], point => Assert.InRange(point.Value, 1e-6, 10));

        bool IsOfRun(OtlpMeasurement point) => point.Attributes.GetValueOrDefault("experiment") == experiment;
        static bool IsNoActiveRun(OtlpMeasurement point) => point is { Name: "cgh.trainer.runs.active", Value: 0 };
    }

    [Fact]
    public async Task Logs_OfARun_HaveTheRunTheExperimentAndTheTrace()
    {
        await observed.StartAsync();
        var experiment = await observed.SubmittedAsync();
        var trace = await observed.TraceAsync("submit experiment", experiment);

        // Logs and spans are exported apart: a whole trace says nothing about the logs.
        await observed.WaitUntilAsync(all => all.Logs.Any(log => IsOfRun(log) && log.Body.Contains("ended", StringComparison.Ordinal)));

        var logs = observed.Receiver.Logs.Where(IsOfRun).ToList();
        Assert.Equal(
            [$"Attempt 1 of {experiment}/rm3 started.", $"Attempt 1 of {experiment}/rm3 ended: completed."],
            logs.Where(log => log.Category == "Cgh.Trainer.Service.AttemptSupervisor").Select(log => log.Body));
        Assert.All(logs, log => Assert.Equal((experiment, trace[0].TraceId), (log.Attributes["ExperimentId"], log.TraceId)));

        bool IsOfRun(OtlpLog log) => log.Attributes.GetValueOrDefault("RunId") == $"{experiment}/rm3";
    }

    [Fact]
    public async Task Start_HealthIsPolledWhileTheBusStarts_NothingIsLoggedAsAnError()
    {
        await observed.StartAsync();
        await observed.SubmittedAsync();

        Assert.DoesNotContain(observed.Receiver.Logs, log => log.Severity >= OtlpLog.Error);
    }

    [Fact]
    public async Task Idle_APageIsOpenAndHealthIsPolled_NoTraces()
    {
        await observed.StartAsync();
        await observed.SubmittedAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(observed.Dashboard.Address);
        await Assertions.Expect(page.Locator("main[aria-busy=false] tr[data-experiment]").First).ToBeVisibleAsync();
        using var http = new HttpClient();

        var since = DateTimeOffset.UtcNow;
        while (DateTimeOffset.UtcNow - since < s_idle)
        {
            (await http.GetAsync(new Uri($"{observed.Dashboard.Address}/health"), Stop)).EnsureSuccessStatusCode();
            await Task.Delay(TimeSpan.FromSeconds(1), Stop);
        }

        var spans = observed.Receiver.Spans.Where(span => span.Start > since).ToList();
        Assert.True(spans.Count == 0, OtlpReceiver.Describe(spans));
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Required.Chromium(),
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    });
}
