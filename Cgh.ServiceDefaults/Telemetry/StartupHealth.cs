using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps failed health checks out of the log until the service has been healthy once. While it connects to the bus it is unhealthy, and every
/// probe would log an error for what is a normal start.
/// </summary>
internal sealed class StartupHealth
{
    private volatile bool _hasBeenHealthy;

    /// <summary>Filters the log of ASP.NET Core's health checks.</summary>
    public void Filter(ILoggingBuilder logging) =>
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", level => level >= LogLevel.Warning && _hasBeenHealthy);

    /// <summary>Notices the first healthy report of this endpoint.</summary>
    public void Watch(HealthCheckOptions endpoint)
    {
        var write = endpoint.ResponseWriter;
        endpoint.ResponseWriter = (context, report) =>
        {
            _hasBeenHealthy |= report.Status == HealthStatus.Healthy;
            return write(context, report);
        };
    }
}
