using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>Decides which requests are traced: pages and the API. Anything a browser or a probe asks for by itself would bury them.</summary>
internal static class TracedRequests
{
    private static readonly FileExtensionContentTypeProvider s_fileTypes = new();

    public static bool Includes(HttpContext context)
    {
        var path = context.Request.Path;
        return path != ServiceDefaultsExtensions.HealthPath
            && path != ServiceDefaultsExtensions.AlivePath
            // Circuits, the framework's scripts and the packages' files.
            && !(path.Value ?? "").StartsWith("/_", StringComparison.Ordinal)
            && !s_fileTypes.TryGetContentType(path.Value ?? "", out _);
    }
}
