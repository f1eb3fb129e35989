using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Cgh.AppHost;

/// <summary>Creates Aspire's builder with the settings that a launch profile and certificates would give it elsewhere.</summary>
internal static class AspireBuilder
{
    /// <summary>The setting with the addresses of Aspire's dashboard.</summary>
    public const string DashboardUrls = "ASPNETCORE_URLS";

    // A trainer has as long as Cgh.ServiceDefaults gives it to hand its runs back; the servers end after the trainers.
    private static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(60);

    private static readonly (string Setting, string Value)[] s_defaults =
    [
        // The prompt returns when nothing runs any more.
        ("DcpPublisher:WaitForResourceCleanup", "true"),
        // Traffic stays on this machine, and a certificate would have to be created and trusted first. OpenTelemetry arrives on any free port.
        ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
        ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:0"),
        ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://localhost:0"),
        ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "http://localhost:0"),
        // Both would connect to addresses elsewhere.
        ("ASPIRE_VERSION_CHECK_DISABLED", "true"),
        ("ASPIRE_DASHBOARD_TELEMETRY_OPTOUT", "true"),
    ];

    public static IDistributedApplicationBuilder Create(LaboratoryArguments arguments)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            // In Development, Aspire keeps generated passwords across restarts, which the volumes of the servers require.
            Args = ["--environment", Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Development, .. arguments.ForAspire],
            DashboardApplicationName = "Coherent Gradients Laboratory",
            DisableDashboard = !arguments.Dashboard,
            AllowUnsecuredTransport = true,
            TrustDeveloperCertificate = false,
            DeveloperCertificateDefaultHttpsTerminationEnabled = false,
        });
        if (builder.ExecutionContext.IsPublishMode)
        {
            return builder;
        }

        foreach (var (setting, value) in s_defaults)
        {
            builder.Configuration[setting] ??= value;
        }

        // Aspire would warn that the language is unknown: this program has only the invariant culture.
        builder.Configuration["ASPIRE_LOCALE_OVERRIDE"] = "";
        builder.Configuration["DOTNET_CLI_UI_LANGUAGE"] = "";

        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = s_shutdownTimeout);
        builder.Services.AddLogging(KeepTheTerminal);
        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) => WithoutCertificates(starting.Model));
        return builder;
    }

    // The terminal is for the progress of a recipe; resources have their logs in Aspire's dashboard.
    private static void KeepTheTerminal(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        if (Environment.GetEnvironmentVariable(Core.CommandLine.TraceVariable) == "1")
        {
            return;
        }

        logging.AddFilter<ConsoleLoggerProvider>(category: null, LogLevel.Warning);
        logging.AddFilter<ConsoleLoggerProvider>("Microsoft.AspNetCore", LogLevel.Error);
        logging.AddFilter<ConsoleLoggerProvider>("Aspire.Hosting.Dashboard", LogLevel.Error);
        // When a browser leaves in the middle of a page of the dashboard, it logs an error.
        logging.AddFilter<ConsoleLoggerProvider>("Aspire.Hosting.Dashboard.ThirdParty.Microsoft.AspNetCore.Components", LogLevel.None);
        // A resource that is not ready yet is no error, and a failed start is reported in one line by the command line.
        logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        logging.AddFilter<ConsoleLoggerProvider>("Microsoft.Extensions.Hosting", LogLevel.None);
    }

    // Else Aspire asks for a trusted certificate, on the terminal and in its dashboard, although no address here uses one.
    private static Task WithoutCertificates(DistributedApplicationModel model)
    {
        foreach (var resource in model.Resources)
        {
#pragma warning disable ASPIRECERTIFICATES001 // Experimental, but the only API for it.
            resource.Annotations.Add(new HttpsCertificateAnnotation { UseDeveloperCertificate = false });
#pragma warning restore ASPIRECERTIFICATES001
        }

        return Task.CompletedTask;
    }
}
