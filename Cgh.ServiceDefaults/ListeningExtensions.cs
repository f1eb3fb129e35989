using Cgh.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

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
    /// <exception cref="UserErrorException">What is set is no address.</exception>
    public static WebApplicationBuilder ListenAtUnlessConfigured(this WebApplicationBuilder builder, string otherwise)
    {
        string[] settings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];
        if (settings.All(setting => string.IsNullOrWhiteSpace(builder.Configuration[setting])) && !builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            builder.WebHost.UseUrls(otherwise);
        }

        foreach (var url in builder.Configuration[WebHostDefaults.ServerUrlsKey]?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            try
            {
                BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                throw UserErrorException.Usage($"'{url}' is no address to listen at ({WebHostDefaults.ServerUrlsKey}, ASPNETCORE_URLS). It looks like http://localhost:5080.");
            }
        }

        return builder;
    }
}
