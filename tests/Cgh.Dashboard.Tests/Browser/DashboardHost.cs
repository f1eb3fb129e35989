using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using StackExchange.Redis;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>The dashboard on a real redis-server, in a real Chromium; the tests of a class share it.</summary>
public sealed class DashboardHost : IAsyncDisposable
{
    // No profile, no background requests, no GPU.
    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly DirectoryInfo _recipes = Directory.CreateTempSubdirectory("cgh-recipes-");
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("cgh-data-");
    private RedisServerProcess? _redis;
    private WebApplication? _app;
    private IPlaywright? _playwright;

    public IBrowser? Browser { get; private set; }

    public string Address { get; private set; } = "";

    /// <summary>The data folder of this machine.</summary>
    public DataFolder Data => new(_data.FullName);

    public IRunStore Store => _app!.Services.GetRequiredService<IRunStore>();

    public RunFeed Feed => _app!.Services.GetRequiredService<RunFeed>();

    /// <summary>Removes the heartbeat of a run, as if its trainer had died.</summary>
    public Task ForgetHeartbeatAsync(RunId run) =>
        _app!.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().KeyDeleteAsync($"cgh:run:{run}:heartbeat");

    /// <summary>Starts the host for the first test. Called by the tests, because a skip in the fixture's own initialisation counts as a failure.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Browser is not null)
        {
            return;
        }

        var chromium = Required.Chromium();
        _redis = await RedisServerProcess.StartAsync(Required.RedisServer(), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(_recipes.FullName, "demo.json"),
            """
            {
              "description": "Two rules on noisy labels.", "cost": "Nothing: a test plays the trainer.",
              "dataset": { "name": "demo", "demo": {} }, "defaults": { "model": "resnet-small", "epochs": 30, "batchSize": 20 },
              "runs": [{ "name": "sgd" }, { "name": "rm3", "rule": "rm3" }]
            }
            """,
            cancellationToken);

        // The application name locates the dashboard's static files beside the test.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Cgh.Dashboard", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.RedisConnection}"] = _redis.Address;
        builder.Configuration["Dashboard:Recipes"] = _recipes.FullName;
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.Services.AddSingleton(Data);
        builder.AddRunStore();
        builder.AddMessageBus(DashboardService.AddConsumers);
        builder.AddDashboard();
        _app = builder.Build();
        _app.MapDashboard();
        await _app.StartAsync(cancellationToken);
        Address = _app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = s_arguments });
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
        {
            await Browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _recipes.Delete(recursive: true);
        _data.Delete(recursive: true);
    }
}
