using System.Net;
using System.Net.Sockets;
using Cgh.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

public sealed class ListeningExtensionsTests
{
    [Fact]
    public async Task ListenAtUnlessConfigured_NothingSet_TwoServicesUseDifferentPorts()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();

        Assert.NotEqual(Port(first), Port(second));
    }

    [Theory]
    [InlineData("--urls", "http://127.0.0.1:{0}")]
    [InlineData("--http_ports", "{0}")]
    [InlineData("--Kestrel:Endpoints:Health:Url", "http://127.0.0.1:{0}")]
    public async Task ListenAtUnlessConfigured_UrlSet_ListensThere(string setting, string value)
    {
        var port = FreePort();

        await using var service = await StartAsync(setting, string.Format(value, port));

        Assert.Equal(port, Port(service));
    }

    [Fact]
    public void ListenAtUnlessConfigured_InvalidUrl_IsRejected()
    {
        var error = Assert.Throws<UserErrorException>(
            () => WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0;foo"]).ListenAtUnlessConfigured(ListeningExtensions.AnyPort));

        Assert.StartsWith("'foo' is not a valid URL to listen on", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    private static async Task<WebApplication> StartAsync(params string[] args)
    {
        var service = WebApplication.CreateBuilder(args).ListenAtUnlessConfigured(ListeningExtensions.AnyPort).Build();
        await service.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    private static int Port(WebApplication service) =>
        BindingAddress.Parse(Assert.Single(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)).Port;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
