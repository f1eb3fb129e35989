using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Store;
using Cgh.Dashboard;
using Cgh.DataPrep.Service;
using Cgh.ServiceDefaults;
using Cgh.ServiceDefaults.Store;
using Cgh.Trainer.Service;

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
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot use the data folder {data.Root}: {WholeFile.FirstLine(error)} Choose another with --data.", error);
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        EmbeddedGarnet? garnet = null;
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.RedisConnection)))
        {
            garnet = EmbeddedGarnet.Start();
            builder.Configuration[$"ConnectionStrings:{ServiceDefaultsExtensions.RedisConnection}"] = garnet.Address;
        }

        try
        {
            return await StartAsync(builder, garnet, data, port, stop);
        }
        catch
        {
            garnet?.Dispose();
            throw;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken stop) => _app.WaitForShutdownAsync(stop);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _garnet?.Dispose();
    }

    private static async Task<OneProcessHost> StartAsync(WebApplicationBuilder builder, EmbeddedGarnet? garnet, DataFolder data, int port, CancellationToken stop)
    {
        // The terminal belongs to the progress display; warnings still show.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration["Trainer:Program"] ??= TrainerProgram();
        builder.Configuration["Dashboard:Recipes"] ??= RecipesFolder();
        var address = $"http://localhost:{FreePort(port)}";
        builder.WebHost.UseUrls(address);

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
        var log = app.Services.GetRequiredService<ILogger<OneProcessHost>>();
        await app.Services.GetRequiredService<IRunStore>().FromFoldersAsync(data, log, stop);
        await app.StartAsync(stop);
        return new OneProcessHost(app, garnet, data, address);
    }

    private static string? TrainerProgram() =>
        typeof(OneProcessHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "Cgh.TrainerProgram")?.Value;

    // The working directory's recipes are what the user edits; those beside the program are as they were built.
    private static string RecipesFolder() =>
        Directory.Exists("recipes") ? Path.GetFullPath("recipes") : Path.Combine(AppContext.BaseDirectory, "recipes");

    private static int FreePort(int wanted)
    {
        for (var port = wanted; port < Math.Min(wanted + PortsTried, IPEndPoint.MaxPort + 1); port++)
        {
            if (IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }

        throw new UserErrorException($"No port from {wanted} on is free. Choose another with --port.");
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
