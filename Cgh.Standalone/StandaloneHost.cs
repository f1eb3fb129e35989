using System.Net;
using System.Reflection;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Dashboard;
using Cgh.DataPrep.Service;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Service;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;

namespace Cgh.Standalone;

/// <summary>
/// Runs all services in one process. The bus and the run store are embedded too, unless <c>ConnectionStrings:messaging</c> and
/// <c>ConnectionStrings:redis</c> name servers.
/// </summary>
internal sealed class StandaloneHost : IAsyncDisposable
{
    public const int DefaultPort = 5080;

    private const int MaxPortAttempts = 100;

    private const string AddressesVariable = "ASPNETCORE_URLS";

    private readonly WebApplication _app;
    private readonly EmbeddedGarnet? _garnet;
    private readonly LaboratoryLock? _lock;
    private readonly CancellationTokenSource _stopping;

    private StandaloneHost(WebApplication app, EmbeddedGarnet? garnet, LaboratoryLock? held, DataFolder data, string address)
    {
        _app = app;
        _garnet = garnet;
        _lock = held;
        Data = data;
        Address = address;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        // On its own thread: until its first write, it only reads files.
        Rebuilt = Task.Run(() => RebuildAsync(_stopping.Token), CancellationToken.None);
    }

    public string Address { get; }

    public DataFolder Data { get; }

    public IRunStore Store => _app.Services.GetRequiredService<IRunStore>();

    public ExperimentSubmitter Submitter => _app.Services.GetRequiredService<ExperimentSubmitter>();

    /// <summary>Completes when the store has all experiments of the data folder. The pages are served meanwhile.</summary>
    public Task Rebuilt { get; }

    /// <summary>Cancelled when the host starts to shut down.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <param name="data">The data folder.</param>
    /// <param name="port">Port of the pages, or the next free one; null for the addresses in <c>ASPNETCORE_URLS</c>, else the default port.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<StandaloneHost> StartAsync(DataFolder data, int? port, CancellationToken cancellationToken)
    {
        data.EnsureWritable();
        if (port is null && !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(AddressesVariable)))
        {
            return await StartOnceAsync(data, address: null, cancellationToken);
        }

        var first = port ?? DefaultPort;
        var last = Math.Min(first + MaxPortAttempts, IPEndPoint.MaxPort);
        for (var free = LocalPorts.FirstFree(first, last); ; free = LocalPorts.FirstFree(free + 1, last))
        {
            try
            {
                return await StartOnceAsync(data, $"http://localhost:{free}", cancellationToken);
            }
            catch (IOException error) when (error.InnerException is AddressInUseException)
            {
                // Another process took the port after the check.
            }
        }
    }

    /// <summary>Experiments with queued or running runs, which stop with the host, newest first.</summary>
    public async Task<IReadOnlyList<string>> ActiveExperimentsAsync() =>
        [.. (await Store.ListExperimentsAsync()).Where(experiment => !experiment.Status.IsOver()).Select(experiment => experiment.Id)];

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Rebuilt.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _garnet?.Dispose();
        _lock?.Dispose();
    }

    private static async Task<StandaloneHost> StartOnceAsync(DataFolder data, string? address, CancellationToken cancellationToken)
    {
        var builder = ServiceBuilder.Create(AppContext.BaseDirectory);
        // Keep the terminal for the progress display. The command line reports a failed start.
        builder.Logging.AddFilter<ConsoleLoggerProvider>(category: null, LogLevel.Warning);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("StackExchange.Redis", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable(Cgh.Core.CommandLine.TraceVariable) != "1")
        {
            // The state of the run or dataset has the error of a failed message.
            builder.Logging.AddFilter("MassTransit", LogLevel.None);
            builder.Logging.AddFilter<ConsoleLoggerProvider>("MassTransit", LogLevel.None);
        }

        builder.Configuration["Trainer:Program"] ??= TrainerProgram();
        builder.Configuration["Dashboard:Recipes"] ??= RecipeFinder.DefaultFolder();
        if (address is not null)
        {
            builder.WebHost.UseUrls(address);
        }

        EmbeddedGarnet? garnet = null;
        LaboratoryLock? held = null;
        WebApplication? app = null;
        try
        {
            if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.RedisConnection)))
            {
                held = LaboratoryLock.Take(data);
                garnet = EmbeddedGarnet.Start(EmbeddedStoreOptions.Read(builder.Configuration));
                builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.RedisConnection}"] = garnet.Address;
            }

            app = Compose(builder, data, isEmbedded: garnet is not null);
            // A store that cannot be written to ends the program with the reason; one that fails later is waited for.
            await app.Services.GetRequiredService<IRunStore>().AnnounceRebuildAsync(data, cancellationToken);
            await app.StartAsync(cancellationToken);
            var pages = address ?? app.Urls.First();
            held?.Announce(pages);
            return new StandaloneHost(app, garnet, held, data, pages);
        }
        catch (Exception error)
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            garnet?.Dispose();
            held?.Dispose();
            if (RunStoreRetry.IsTransient(error))
            {
                throw UserErrorException.Unreachable(RunStoreFault.Describe(error), error);
            }

            throw;
        }
    }

    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        var services = _app.Services;
        try
        {
            var store = services.GetRequiredService<IRetryingRunStore>();
            await store.FromFoldersAsync(
                Data,
                services.GetRequiredService<ILogger<StandaloneHost>>(),
                RebuildAs.Stopped,
                services.GetRequiredService<SkippedFiles>(),
                services.GetService<PendingCurves>(),
                cancellationToken);
            await store.MarkFilledAsync(cancellationToken);
            services.GetRequiredService<RebuildAtStart>().End();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Half of the experiments are no laboratory.
            _app.Lifetime.StopApplication();
            throw;
        }
    }

    private static WebApplication Compose(WebApplicationBuilder builder, DataFolder data, bool isEmbedded)
    {
        builder.AddServiceDefaults();
        builder.AddRunStore();
        builder.Services.AddSingleton<RebuildAtStart>();
        if (isEmbedded)
        {
            builder.Services.AddSingleton<PendingCurves>();
        }

        builder.AddDashboard();
        builder.AddDataPrep(data);
        builder.AddTrainer(data);
        builder.AddMessageBus(bus =>
        {
            DashboardService.AddConsumers(bus);
            DataPrepService.AddConsumers(bus);
            TrainerService.AddConsumers(bus);
        });

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapDashboard();
        return app;
    }

    private static string? TrainerProgram() =>
        typeof(StandaloneHost).Assembly
            .GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => metadata.Key == "Cgh.TrainerProgram")?.Value;
}
