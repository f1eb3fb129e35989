using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed class RequestTraceTests
{
    [Fact]
    public async Task Request_PageAndWhatABrowserAsksForByItself_OnlyThePageIsTraced()
    {
        await using var service = await ObservedService.StartAsync(map: app => app.MapGet("/{**path}", (string? path) => $"/{path}"));
        string[] untraced =
        [
            "/health", "/alive", "/favicon.ico", "/app.css", "/charts.js", "/font.woff2",
            "/_blazor/negotiate", "/_framework/blazor.web.js", "/_content/BootstrapBlazor/css/bootstrap.css", "/_blazor",
        ];

        foreach (var path in untraced)
        {
            (await service.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        await service.Http.GetAsync(new Uri("/experiments/demo-0.5-20260101-120000", UriKind.Relative), TestContext.Current.CancellationToken);
        await service.Http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        await service.WaitUntilAsync(all => all.Spans.Count >= 2);
        await service.StopAsync();
        Assert.Equal(["/experiments/demo-0.5-20260101-120000", "/"], service.Receiver.Spans.Select(span => span.Attributes["url.path"]));
    }
}
