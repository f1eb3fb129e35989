using Cgh.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Cgh.ServiceDefaults;

/// <summary>Configures the URLs of a service.</summary>
public static class ListeningExtensions
{
    /// <summary>Any free local port, for services that only serve health checks.</summary>
    public const string AnyPort = "http://127.0.0.1:0";

    /// <summary>
    /// Listens on <paramref name="defaultUrl"/> unless ASP.NET Core settings such as <c>ASPNETCORE_URLS</c> or <c>ASPNETCORE_HTTP_PORTS</c> are
    /// set. ASP.NET Core's own default is the same port for every service.
    /// </summary>
    /// <exception cref="UserErrorException">A configured URL is invalid.</exception>
    public static WebApplicationBuilder ListenAtUnlessConfigured(this WebApplicationBuilder builder, string defaultUrl)
    {
        string[] settings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (settings.All(setting => string.IsNullOrWhiteSpace(builder.Configuration[setting]))
            && !builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            builder.WebHost.UseUrls(defaultUrl);
        }

        foreach (var url in builder.Configuration[WebHostDefaults.ServerUrlsKey]?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw UserErrorException.Usage(
                    $"'{url}' is not a valid URL to listen on ({WebHostDefaults.ServerUrlsKey}, ASPNETCORE_URLS). Example: http://localhost:5080.");
            }
        }

        return builder;
    }
}
