using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Cgh.ServiceDefaults;

/// <summary>Where a service listens.</summary>
public static class ListeningExtensions
{
    /// <summary>Any free port of this machine: for services that are asked nothing but their health.</summary>
    public const string AnyPort = "http://127.0.0.1:0";

    /// <summary>
    /// Listens at <paramref name="otherwise"/> unless ASP.NET's own settings (such as <c>ASPNETCORE_URLS</c> and
    /// <c>ASPNETCORE_HTTP_PORTS</c>) say where. Its own default is one port for all, which only the first service of a machine gets.
    /// </summary>
    public static WebApplicationBuilder ListenAtUnlessConfigured(this WebApplicationBuilder builder, string otherwise)
    {
        string[] settings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (settings.All(setting => string.IsNullOrWhiteSpace(builder.Configuration[setting])) && !builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            builder.WebHost.UseUrls(otherwise);
        }

        return builder;
    }
}
