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

namespace Cgh.AppHost.OneProcess;

/// <summary>
/// All services in one process: the only place that sees all three. The bus and the store live in it as well, unless
/// <c>ConnectionStrings:messaging</c> and <c>ConnectionStrings:redis</c> name servers.
/// </summary>
internal sealed class OneProcessHost : IAsyncDisposable
{
    public const int DefaultPort = 5080;

    private const int PortsTried = 100;

    private readonly WebApplication _app;
    private readonly EmbeddedGarnet? _garnet;

    private OneProcessHost(WebApplication app, EmbeddedGarnet? garnet, DataFolder data, string address)
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

    /// <summary>Cancelled when the host begins to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public static async Task<OneProcessHost> StartAsync(DataFolder data, int port, CancellationToken stop)
    {
        try
        {
            Directory.CreateDirectory(data.Root);
            // Better now than when the first experiment is to be written.
            using var probe = new FileStream(Path.Combine(data.Root, $".{Guid.NewGuid():n}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot use the data folder {data.Root}: {AtomicFile.FirstLine(error)} Choose another with --data.", error);
        }

        var last = Math.Min(port + PortsTried, IPEndPoint.MaxPort);
        for (port = FreePort(port, last); ; port = FreePort(port + 1, last))
        {
            try
            {
                return await StartOnceAsync(data, $"http://localhost:{port}", stop);
            }
            catch (IOException error) when (error.InnerException is AddressInUseException)
            {
                // Somebody took the port between the look and the bind.
            }
        }
    }

    public Task WaitForShutdownAsync(CancellationToken stop) => _app.WaitForShutdownAsync(stop);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _garnet?.Dispose();
    }

    private static async Task<OneProcessHost> StartOnceAsync(DataFolder data, string address, CancellationToken stop)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // The terminal belongs to the progress display; warnings still show. A failed start is the command line's to tell.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable(Cgh.Core.CommandLine.TraceVariable) != "1")
        {
            // What goes wrong with a message stands, in one line, in the state of its run or dataset.
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
            await store.FromFoldersAsync(data, app.Services.GetRequiredService<ILogger<OneProcessHost>>(), RebuildAs.AtRest, stop);
            await store.MarkFilledAsync(stop);
            await app.StartAsync(stop);
            return new OneProcessHost(app, garnet, data, address);
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
        typeof(OneProcessHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "Cgh.TrainerProgram")?.Value;

    // The working directory's recipes are what the user edits; those beside the program are as they were built.
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
            // A machine may have no IPv6 address although its system knows the protocol: nothing is in use there.
            return error.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
