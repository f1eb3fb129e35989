using Cgh.AppHost.Infrastructure;
using Cgh.Client;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Spectre.Console;
using StackExchange.Redis;

namespace Cgh.AppHost;

/// <summary>Builds the application model and runs it, or publishes it for Aspire's tools.</summary>
internal sealed class LaboratoryHost
{
    private const string Program = "Cgh.AppHost";

    // The first port that is tried for Aspire's dashboard.
    private const int DashboardPort = 18888;

    // As long as a service has to hand its runs back.
    private static readonly TimeSpan s_serviceStopTimeout = TimeSpan.FromSeconds(30);

    private readonly LaboratoryArguments _arguments;
    private readonly LaboratoryOptions _options;
    private readonly Laboratory _laboratory;
    private readonly DistributedApplication _app;
    private readonly string? _dashboard;
    private readonly IAnsiConsole _console;

    private LaboratoryHost(
        LaboratoryArguments arguments, LaboratoryOptions options, Laboratory laboratory, DistributedApplication app, string? dashboard, IAnsiConsole console)
    {
        _arguments = arguments;
        _options = options;
        _laboratory = laboratory;
        _app = app;
        _dashboard = dashboard;
        _console = console;
    }

    private string Address => $"http://localhost:{_options.Port}";

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(LaboratoryArguments arguments, CancellationToken cancellationToken)
    {
        var builder = AspireBuilder.Create(arguments);
        DeploymentTarget.Check(builder);
        var publishing = builder.ExecutionContext.IsPublishMode;
        var choice = await InfrastructureChoice.MakeAsync(builder.Configuration, publishing, Environment.GetEnvironmentVariable("PATH"), cancellationToken);
        var options = LaboratoryOptions.Read(builder, arguments, choice.Mode);
        if (publishing)
        {
            Laboratory.Compose(builder, options);
            await using var publisher = builder.Build();
            await publisher.RunAsync(cancellationToken);
            return Environment.ExitCode;
        }

        options.Data.EnsureWritable();
        if (arguments.Experiment is { } experiment)
        {
            ResumeAdvice.CheckExists(options.Data, experiment);
        }

        if (choice.Runtime is { } runtime)
        {
            builder.Configuration["DcpPublisher:ContainerRuntime"] = runtime;
        }

        if (choice.Mode == InfrastructureMode.Embedded)
        {
            // The embedded laboratory takes it itself; this says before the start that it cannot.
            LaboratoryLock.Take(options.Data).Dispose();
        }

        using var held = choice.Mode is InfrastructureMode.Executables or InfrastructureMode.Containers ? LaboratoryLock.Take(options.Data) : null;

        using var port = PortLease.Take(options.Port);
        using var dashboardPort = arguments.Dashboard && builder.Configuration[AspireBuilder.DashboardUrls] is null ? PortLease.Take(DashboardPort) : null;
        if (dashboardPort is not null)
        {
            builder.Configuration[AspireBuilder.DashboardUrls] = $"http://localhost:{dashboardPort.Port}";
        }

        var console = Terminal.Unwrapped();
        console.MarkupLineInterpolated($"Mode: {choice}");
        options = options with { Port = port.Port };
        held?.Announce($"http://localhost:{port.Port}");
        var laboratory = Laboratory.Compose(builder, options);
        await using var app = builder.Build();
        return await new LaboratoryHost(arguments, options, laboratory, app, DashboardAddress(builder), console).RunAsync(cancellationToken);
    }

    private static string? DashboardAddress(IDistributedApplicationBuilder builder)
    {
        var url = builder.Configuration[AspireBuilder.DashboardUrls]?.Split(';')[0].TrimEnd('/');
        return url is not null && builder.Configuration["AppHost:BrowserToken"] is { Length: > 0 } token ? $"{url}/login?t={token}" : url;
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, _app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var watch = new LaboratoryWatch(
            _laboratory,
            _app.Services.GetRequiredService<ResourceNotificationService>(),
            _app.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync,
            message => _console.MarkupLineInterpolated($"[red]{message}[/]"));
        var watching = watch.WatchAsync(stopping.Token);
        // StartAsync never completes if a resource that others wait for has ended, so watch from the start.
        var started = _app.StartAsync(stopping.Token);
        var isReady = false;
        try
        {
            await await Task.WhenAny(watch.Healthy, FailedStartAsync(started));
            isReady = true;
            AnnounceAddresses();
            var follows = _arguments is { Recipe: not null } or { Experiment: not null };
            if (_options.Infrastructure == InfrastructureMode.Embedded && _arguments.Experiment is null)
            {
                await AnnounceInterruptedAsync(stopping.Token);
            }

            var code = follows ? await FollowAsync(watch, stopping.Token) : 0;
            if (!_arguments.Exit)
            {
                if (follows)
                {
                    _console.MarkupLineInterpolated($"Still serving at [link]{Address}[/]. Press Ctrl-C to stop.");
                }

                // Not WaitForShutdownAsync, which stops the application before its orchestrator's processes are known.
                await Task.Delay(Timeout.Infinite, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return code;
        }
        finally
        {
            await stopping.CancelAsync();
            await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await watching;
            var active = isReady && cancellationToken.IsCancellationRequested ? await ActiveExperimentsAsync() : [];
            var orchestrator = Orchestrator.Running();
            await StopServicesAsync();
            await _app.StopAsync(CancellationToken.None);
            await orchestrator.WaitForExitAsync();
            if (cancellationToken.IsCancellationRequested)
            {
                _console.WriteLine(_options.Infrastructure == InfrastructureMode.Embedded
                    ? ResumeAdvice.AtStop(active, Program)
                    : "Stopped. Running runs have written a checkpoint; they continue when a trainer is started.");
            }
        }
    }

    // Aspire ends all resources at once. Services first: while the servers and Aspire's dashboard run, they hand their runs back and export their
    // last telemetry, instead of waiting for either.
    private async Task StopServicesAsync()
    {
        using var limit = new CancellationTokenSource(s_serviceStopTimeout);
        try
        {
            await Task.WhenAll(_laboratory.Services.Select(async service =>
            {
                // Refused if it does not run.
                var stopped = await _app.ResourceCommands.ExecuteCommandAsync(service, KnownResourceCommands.StopCommand, limit.Token);
                if (stopped.Success)
                {
                    await _app.ResourceNotifications.WaitForResourceAsync(service.Name, KnownResourceStates.TerminalStates, limit.Token);
                }
            }));
        }
        catch (OperationCanceledException)
        {
            // Aspire ends what is left.
        }
    }

    private async Task<int> FollowAsync(LaboratoryWatch watch, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var control = new LaboratoryControl(Address, _options.Access);
        await using var connection = await ConnectToStoreAsync(cancellationToken);
        var store = new RedisRunStore(connection);
        var running = new RecipeRun(store, _options.Data, _console).RunAsync(
            stop => _arguments.Experiment is { } experiment ? ResumeAsync(control, store, experiment, stop) : control.SubmitAsync(_arguments.Recipe!, stop),
            ended.Token);
        // Embedded, the run store ends with the pages.
        if (_options.Infrastructure == InfrastructureMode.Embedded && await Task.WhenAny(running, watch.PagesEnded) == watch.PagesEnded)
        {
            await ended.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 1;
        }

        return await running ? 0 : 1;
    }

    private static async Task<string> ResumeAsync(LaboratoryControl control, RedisRunStore store, string experiment, CancellationToken cancellationToken)
    {
        await ResumeAdvice.WaitForRebuildAsync(store, cancellationToken);
        await control.ResumeAsync(experiment, cancellationToken);
        return experiment;
    }

    private async Task AnnounceInterruptedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await ConnectToStoreAsync(cancellationToken);
            var store = new RedisRunStore(connection);
            await ResumeAdvice.WaitForRebuildAsync(store, cancellationToken);
            if (await ResumeAdvice.AtStartAsync(store, Program, cancellationToken) is { } advice)
            {
                _console.WriteLine(advice);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped meanwhile: the caller ends as it does at any other moment, a host that only serves with exit code 0.
        }
    }

    // Those that stop with an embedded laboratory; none if it has ended already.
    private async Task<IReadOnlyList<string>> ActiveExperimentsAsync()
    {
        if (_options.Infrastructure != InfrastructureMode.Embedded)
        {
            return [];
        }

        try
        {
            await using var connection = await ConnectToStoreAsync(CancellationToken.None);
            var experiments = await new RedisRunStore(connection).ListExperimentsAsync();
            return [.. experiments.Where(experiment => !experiment.Status.IsOver()).Select(experiment => experiment.Id)];
        }
        catch (Exception error) when (error is UserErrorException or RedisException or TimeoutException)
        {
            return [];
        }
    }

    private async Task<ConnectionMultiplexer> ConnectToStoreAsync(CancellationToken cancellationToken)
    {
        var address = await _laboratory.StoreAddressAsync(cancellationToken);
        try
        {
            return await StoreConnection.OpenAsync(ServerAddresses.Store(address!));
        }
        catch (Exception error) when (error is RedisConnectionException or RedisTimeoutException)
        {
            throw UserErrorException.Unreachable($"The run store is not responding: {UserText.FirstLine(error)}", error);
        }
    }

    private void AnnounceAddresses()
    {
        _console.MarkupLineInterpolated($"Laboratory: [link]{Address}[/]");
        if (_dashboard is not null && _arguments.Dashboard)
        {
            _console.MarkupLineInterpolated($"Aspire's dashboard: [link]{_dashboard}[/]");
        }

        _console.MarkupLineInterpolated($"Data folder: {_options.Data.Root}");
    }

    // Throws if the start fails; otherwise never completes.
    private static async Task FailedStartAsync(Task started)
    {
        await started;
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }
}
