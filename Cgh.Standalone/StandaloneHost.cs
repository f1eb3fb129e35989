using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Dashboard;
using Cgh.DataPrep.Service;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Service;
using Microsoft.AspNetCore.Connections;

namespace Cgh.Standalone;

/// <summary>
/// Runs all services in one process. The bus and the run store are embedded too, unless <c>ConnectionStrings:messaging</c> and
/// <c>ConnectionStrings:redis</c> name servers.
/// </summary>
internal sealed class StandaloneHost : IAsyncDisposable
{
    public const int DefaultPort = 5080;

    private const int MaxPortAttempts = 100;

    private readonly WebApplication _app;
    private readonly EmbeddedGarnet? _garnet;

    private StandaloneHost(WebApplication app, EmbeddedGarnet? garnet, DataFolder data, string address)
    {
        _app = app;
        _garnet = garnet;
        Data = data;
        Address = address;
    }

    public string Address { get; }

    public DataFolder Data { get; }

    public IRunStore Store => _app.Services.GetRequiredService<IRunStore>();

    public ExperimentSubmitter Submitter => _app.Services.GetRequiredService<ExperimentSubmitter>();

    /// <summary>Cancelled when the host starts to shut down.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public static async Task<StandaloneHost> StartAsync(DataFolder data, int port, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(data.Root);
            // Fail now rather than at the first experiment.
            using var probe = new FileStream(
                Path.Combine(data.Root, $".{Guid.NewGuid():n}"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot use the data folder {data.Root}: {AtomicFile.FirstLine(error)} Choose another with --data.", error);
        }

        var last = Math.Min(port + MaxPortAttempts, IPEndPoint.MaxPort);
        for (port = FreePort(port, last); ; port = FreePort(port + 1, last))
        {
            try
            {
                return await StartOnceAsync(data, $"http://localhost:{port}", cancellationToken);
            }
            catch (IOException error) when (error.InnerException is AddressInUseException)
            {
                // Another process took the port after the check.
            }
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _garnet?.Dispose();
    }

    private static async Task<StandaloneHost> StartOnceAsync(DataFolder data, string address, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // Keep the terminal for the progress display. The command line reports a failed start.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable(Cgh.Core.CommandLine.TraceVariable) != "1")
        {
            // The state of the run or dataset has the error of a failed message.
            builder.Logging.AddFilter("MassTransit", LogLevel.None);
        }

        builder.Configuration["Trainer:Program"] ??= TrainerProgram();
        builder.Configuration["Dashboard:Recipes"] ??= RecipesFolder();
        builder.WebHost.UseUrls(address);
        EmbeddedGarnet? garnet = null;
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.RedisConnection)))
        {
            garnet = EmbeddedGarnet.Start();
            builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.RedisConnection}"] = garnet.Address;
        }

        WebApplication? app = null;
        try
        {
            app = Compose(builder, data);
            var store = app.Services.GetRequiredService<IRunStore>();
            await store.FromFoldersAsync(data, app.Services.GetRequiredService<ILogger<StandaloneHost>>(), RebuildAs.Stopped, cancellationToken);
            await store.MarkFilledAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
            return new StandaloneHost(app, garnet, data, address);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            garnet?.Dispose();
            throw;
        }
    }

    private static WebApplication Compose(WebApplicationBuilder builder, DataFolder data)
    {
        builder.AddServiceDefaults();
        builder.AddRunStore();
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

    // Prefer the recipes that the user edits over the copies beside the program.
    private static string RecipesFolder() =>
        Directory.Exists("recipes") ? Path.GetFullPath("recipes") : Path.Combine(AppContext.BaseDirectory, "recipes");

    private static int FreePort(int first, int last)
    {
        for (var port = first; port <= last; port++)
        {
            if (IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }

        throw new UserErrorException($"No port from {first} to {last} is free. Choose another with --port.");
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException error)
        {
            // IPv6 is supported but not configured, so nothing can be using the port.
            return error.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
