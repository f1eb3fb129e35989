using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Http.Extensions;

namespace Cgh.Dashboard;

/// <summary>What is decided about a request before it is routed.</summary>
internal static class RequestChecks
{
    public static void Use(WebApplication app)
    {
        app.Use((context, next) =>
        {
            // Pages have no HEAD of their own. The server sends no body, whatever the method is called from here on.
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Request.Method = HttpMethods.Get;
            }

            // Pages need the host as part of a URL. A probe may use HTTP/1.0, which has none.
            if (HasUsableHost(context.Request)
                || context.Request.Path == ServiceDefaultsExtensions.HealthPath
                || context.Request.Path == ServiceDefaultsExtensions.AlivePath)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync("The request needs a valid Host header.");
        });
        // Before the line above by default.
        app.UseRouting();
    }

    private static bool HasUsableHost(HttpRequest request)
    {
        try
        {
            return request.Host.HasValue && Uri.TryCreate(request.GetEncodedUrl(), UriKind.Absolute, out var url) && url.IdnHost.Length > 0;
        }
        catch (ArgumentException)
        {
            // Punycode that is none.
            return false;
        }
    }
}
