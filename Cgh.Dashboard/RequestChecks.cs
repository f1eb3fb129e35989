using Cgh.Dashboard.Access;
using Cgh.Dashboard.Recipes;
using Cgh.ServiceDefaults;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;

namespace Cgh.Dashboard;

/// <summary>What is decided about a request before it is routed.</summary>
internal static class RequestChecks
{
    private const string AllowedHostsSetting = $"{DashboardOptions.Section}:{nameof(DashboardOptions.AllowedHosts)}";

    public static void Use(WebApplication app)
    {
        var hosts = new AllowedHosts(app.Services.GetRequiredService<IOptions<DashboardOptions>>().Value.AllowedHosts);
        app.Use((context, next) =>
        {
            // Pages have no HEAD of their own. The server sends no body, whatever the method is called from here on.
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Request.Method = HttpMethods.Get;
            }

            if (Refusal(context.Request, hosts) is not var (status, reason))
            {
                return next(context);
            }

            context.Response.StatusCode = status;
            return context.Response.WriteAsync(reason);
        });
        // Before the line above by default.
        app.UseRouting();
    }

    private static (int Status, string Reason)? Refusal(HttpRequest request, AllowedHosts hosts)
    {
        // A probe uses the address of its target, or HTTP/1.0, which has no host.
        if (request.Path == ServiceDefaultsExtensions.HealthPath || request.Path == ServiceDefaultsExtensions.AlivePath)
        {
            return null;
        }

        // Pages need the host as part of a URL.
        if (!HasUsableHost(request))
        {
            return (StatusCodes.Status400BadRequest, "The request needs a valid Host header.");
        }

        if (!hosts.Accepts(request.Host.Host))
        {
            return (
                StatusCodes.Status400BadRequest,
                $"The dashboard does not answer to the name {request.Host.Host}. If it is meant to, add the name to the setting {AllowedHostsSetting}.");
        }

        return CanChangeSomething(request) && !hosts.IsOwn(request.Headers.Origin, request.Host)
            ? (
                StatusCodes.Status403Forbidden,
                "A page of another site sent this request. If a proxy changes the host name, add the name in the address bar to the setting "
                    + $"{AllowedHostsSetting}.")
            : null;
    }

    // A page's buttons are pressed through its connection.
    private static bool CanChangeSomething(HttpRequest request) => !HttpMethods.IsGet(request.Method) || request.Path.StartsWithSegments("/_blazor");

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
