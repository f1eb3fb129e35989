using Cgh.Core;
using Microsoft.AspNetCore.Builder;

namespace Cgh.ServiceDefaults;

/// <summary>Creates the builder of a service.</summary>
public static class ServiceBuilder
{
    // All services in one process have 360 files open, most of them assemblies.
    private const int MinOpenFiles = 512;

    /// <param name="contentRoot">The folder with the service's files; the working directory by default.</param>
    /// <exception cref="UserErrorException">The process may open too few files, or cannot write temporary ones.</exception>
    public static WebApplicationBuilder Create(string? contentRoot = null)
    {
        OpenFileLimit.Require(MinOpenFiles);
        RequireTemporaryFiles();
        return WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = contentRoot,
            // No service reads its settings again, and a watched file takes one of the 128 inotify instances that all programs of a user share.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
    }

    // ASP.NET Core fails with it when a page is first asked for.
    private static void RequireTemporaryFiles()
    {
        try
        {
            File.Delete(Path.GetTempFileName());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var folder = Path.GetTempPath();
            throw new UserErrorException(
                $"The folder for temporary files, {folder}, cannot be written. Set TMPDIR to one that can. {UserText.FirstLine(error)}", error);
        }
    }
}
