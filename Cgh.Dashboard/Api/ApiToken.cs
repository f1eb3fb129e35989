using System.Security.Cryptography;
using System.Text;
using Cgh.Dashboard.Recipes;
using Microsoft.Extensions.Options;

namespace Cgh.Dashboard.Api;

/// <summary>Admits requests of the API that carry the token of the setting <c>Dashboard:ApiToken</c>.</summary>
internal static class ApiToken
{
    private const string Setting = $"{DashboardOptions.Section}:{nameof(DashboardOptions.ApiToken)}";
    private const string Scheme = "Bearer ";

    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var expected = context.HttpContext.RequestServices.GetRequiredService<IOptions<DashboardOptions>>().Value.ApiToken;
        if (expected.Length == 0)
        {
            return ApiEndpoints.Problem($"The API only reads unless the setting {Setting} has a token.", StatusCodes.Status403Forbidden);
        }

        var header = context.HttpContext.Request.Headers.Authorization.ToString();
        var given = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected))
            ? await next(context)
            : ApiEndpoints.Problem($"Send the token of the setting {Setting} in the header 'Authorization: Bearer TOKEN'.", StatusCodes.Status401Unauthorized);
    }
}
