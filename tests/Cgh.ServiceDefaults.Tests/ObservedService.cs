using Cgh.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

/// <summary>A service with the defaults that exports to a receiver of the test.</summary>
internal sealed class ObservedService : IAsyncDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly WebApplication _app;

    private ObservedService(WebApplication app, OtlpReceiver receiver)
    {
        _app = app;
        Receiver = receiver;
        Http = new HttpClient
        {
            BaseAddress = new Uri(Assert.Single(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)),
        };
    }

    public OtlpReceiver Receiver { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="configure">Adds to the defaults.</param>
    /// <param name="map">Maps endpoints beside the default ones.</param>
    public static async Task<ObservedService> StartAsync(Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var receiver = OtlpReceiver.Start();
        var builder = WebApplication.CreateBuilder().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
        builder.Configuration.AddInMemoryCollection(receiver.Environment);
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ObservedService(app, receiver);
    }

    /// <summary>Waits until what was exported satisfies <paramref name="holds"/>.</summary>
    public Task WaitUntilAsync(Func<OtlpReceiver, bool> holds) => Receiver.WaitUntilAsync(holds, Timeout, TestContext.Current.CancellationToken);

    /// <summary>Stops the service, which exports what is pending. The receiver stays.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
