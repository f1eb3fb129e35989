using System.Net;
using System.Net.NetworkInformation;

namespace Cgh.Dashboard.Access;

/// <summary>
/// The names under which browsers may ask for the pages. A web site can make its own name resolve to this machine (DNS rebinding); its scripts would then
/// count as the dashboard's own. It can do so neither with an address nor with a name without a dot.
/// </summary>
internal sealed class AllowedHosts
{
    // Azure Container Apps sets it to the end of its apps' names.
    private const string AzureSuffixVariable = "CONTAINER_APP_ENV_DNS_SUFFIX";

    private readonly string[] _configured;
    private readonly string[] _always;

    /// <param name="configured">Further names, separated by semicolons: <c>lab.example.org</c>, <c>*.example.org</c>, or <c>*</c> for any.</param>
    public AllowedHosts(string configured)
    {
        var machine = IPGlobalProperties.GetIPGlobalProperties();
        var azure = Environment.GetEnvironmentVariable(AzureSuffixVariable);
        _configured = configured.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        _always = ["*.localhost", $"{machine.HostName}.{machine.DomainName}", .. string.IsNullOrEmpty(azure) ? Array.Empty<string>() : [$"*.{azure}"]];
    }

    /// <summary>Whether the pages may be asked for under a host name, without its port.</summary>
    public bool Accepts(string host) =>
        !host.Contains('.') || IPAddress.TryParse(host, out _) || Matches(host, _always) || Matches(host, _configured) || _configured.Contains("*");

    /// <summary>
    /// Whether a request comes from one of the dashboard's own pages, or from no page: browsers say so with every request that can change something and with
    /// every connection. A proxy may have changed the host name, but not the origin; the origin's name must then be configured.
    /// </summary>
    public bool IsOwn(string? origin, HostString host) => string.IsNullOrEmpty(origin)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && (string.Equals(page.Authority, host.Value, StringComparison.OrdinalIgnoreCase) || Matches(page.Host, _configured)));

    private static bool Matches(string host, string[] names) => names.Any(name => name.StartsWith("*.", StringComparison.Ordinal)
        ? host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)
        : host.Equals(name, StringComparison.OrdinalIgnoreCase));
}
