using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Cgh.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Cgh.AppHost.Tests;

public sealed class LaboratoryWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, IResource> _resources;
    private readonly DistributedApplication _app;
    private readonly ResourceNotificationService _notifications;
    private readonly BlockingCollection<string> _reports = [];
    private readonly Dictionary<string, string[]> _logs = [];
    private bool _endless;
    private readonly CancellationTokenSource _stop = new();
    private readonly LaboratoryWatch _watch;
    private readonly Task _watching;

    public LaboratoryWatchTests()
    {
        // Without health checks, a resource is healthy when it runs.
        var builder = Model.Builder();
        var messaging = builder.AddExecutable("messaging", "unused", "/");
        var services = new[] { "dataprep", "trainer", "laboratory" }.Select(name => builder.AddExecutable(name, "unused", "/").WaitFor(messaging)).ToList();
        _resources = services.Append(messaging).ToDictionary(resource => resource.Resource.Name, resource => (IResource)resource.Resource);
        var laboratory = new Laboratory(services[2].Resource, [.. services.Select(service => service.Resource)], _ => default);
        _app = builder.Build();
        _notifications = _app.Services.GetRequiredService<ResourceNotificationService>();
        _watch = new LaboratoryWatch(laboratory, _notifications, resource => ReadLog(resource), _reports.Add);
        _watching = _watch.WatchAsync(_stop.Token);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        await _app.DisposeAsync();
        _stop.Dispose();
        _reports.Dispose();
    }

    [Fact]
    public async Task Healthy_EveryServiceIsHealthy_Completes()
    {
        await IsHealthyAsync("dataprep");
        await IsHealthyAsync("trainer");
        Assert.False(_watch.Healthy.IsCompleted);
        await IsHealthyAsync("laboratory");

        await _watch.Healthy.WaitAsync(s_timeout, Stop);
    }

    [Theory]
    [InlineData("messaging", "Exited", 78, "messaging has exited with code 78. See its log in Aspire's dashboard.")]
    [InlineData("trainer", "FailedToStart", null, "trainer has exited. See its log in Aspire's dashboard.")]
    public async Task Healthy_NeededResourceEndsBefore_SaysSoAndDoesNotWaitForEver(string name, string state, int? exitCode, string expected)
    {
        await EndsAsync(name, state, exitCode);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => _watch.Healthy.WaitAsync(s_timeout, Stop));
        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public async Task Healthy_ServiceThatEndsHasAMessage_HasItsLastLine()
    {
        _logs["laboratory"] =
        [
            "2026-01-02T03:04:05.6789012Z Starting.",
            "2026-01-02T03:04:06.0000000Z Trainer:ConcurrentRuns must be positive (it is 0).",
            "2026-01-02T03:04:06.1000000Z [sys] Process has ended.",
            "",
        ];
        await EndsAsync("laboratory", "Exited", 2);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => _watch.Healthy.WaitAsync(s_timeout, Stop));
        Assert.Equal("laboratory has exited with code 2: Trainer:ConcurrentRuns must be positive (it is 0).", error.Message);
    }

    [Fact]
    public async Task Healthy_LogOfTheServiceHasNoEnd_SaysWhatItHas()
    {
        _endless = true;
        await EndsAsync("laboratory", "Exited", 1);

        var error = await Assert.ThrowsAsync<UserErrorException>(() => _watch.Healthy.WaitAsync(s_timeout, Stop));
        Assert.Equal("laboratory has exited with code 1. See its log in Aspire's dashboard.", error.Message);
    }

    [Fact]
    public async Task WatchAsync_TrainerEndsAfterTheStart_SaysSoAndGoesOn()
    {
        await AllAreHealthyAsync();
        await EndsAsync("trainer", "Exited", 137);

        Assert.Equal("trainer has exited with code 137. See its log in Aspire's dashboard.", Report());
        Assert.False(_watch.PagesEnded.IsCompleted);
        Assert.False(_watching.IsCompleted);
    }

    [Fact]
    public async Task WatchAsync_TrainerEndsAgainAfterARestart_SaysSoAgain()
    {
        await AllAreHealthyAsync();
        await EndsAsync("trainer", "Exited", 137);
        Report();
        await IsHealthyAsync("trainer");
        await EndsAsync("trainer", "Exited", 1);

        Assert.StartsWith("trainer has exited with code 1.", Report(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PagesEnded_LaboratoryEnds_Completes()
    {
        await AllAreHealthyAsync();
        await EndsAsync("laboratory", "Exited", 137);

        await _watch.PagesEnded.WaitAsync(s_timeout, Stop);
    }

    private async IAsyncEnumerable<IReadOnlyList<LogLine>> ReadLog(IResource resource)
    {
        if (_endless)
        {
            await new TaskCompletionSource().Task;
        }

        yield return [.. _logs.GetValueOrDefault(resource.Name, []).Select((line, number) => new LogLine(number, line, IsErrorMessage: false))];
    }

    private string Report() => _reports.TryTake(out var report, (int)s_timeout.TotalMilliseconds, Stop) ? report : throw new TimeoutException("No report.");

    private async Task AllAreHealthyAsync()
    {
        foreach (var service in new[] { "dataprep", "trainer", "laboratory" })
        {
            await IsHealthyAsync(service);
        }

        await _watch.Healthy.WaitAsync(s_timeout, Stop);
    }

    private Task IsHealthyAsync(string name) =>
        _notifications.PublishUpdateAsync(_resources[name], $"{name}-1", told => told with { State = KnownResourceStates.Running, ExitCode = null });

    private Task EndsAsync(string name, string state, int? exitCode) =>
        _notifications.PublishUpdateAsync(_resources[name], $"{name}-1", told => told with { State = state, ExitCode = exitCode });
}
