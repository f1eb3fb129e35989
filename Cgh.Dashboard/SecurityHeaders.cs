namespace Cgh.Dashboard;

/// <summary>Nothing but the dashboard's own scripts run in its pages, and nothing of them leaves for another host.</summary>
internal static class SecurityHeaders
{
    // plotly.js and Blazor set styles from scripts; ws: is Blazor's connection; data: are Bootstrap's icons, blob: plotly's picture download.
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; "
            + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    public static void Use(WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            return Task.CompletedTask;
        });
        return next(context);
    });
}
