using Cgh.Core.Files;
using Cgh.Dashboard.Api;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Compare;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Control;
using Cgh.Dashboard.Labels;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Recipes;
using Cgh.Dashboard.Reports;
using Cgh.Dashboard.Sources;
using Cgh.RunStore;
using Cgh.ServiceDefaults;
using MassTransit;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cgh.Dashboard;

/// <summary>Adds the dashboard to a host: its own, or one that runs all services.</summary>
public static class DashboardService
{
    /// <summary>
    /// Adds the pages. The host adds the run store and the bus, with <see cref="AddConsumers"/> among its consumers, and a
    /// <see cref="DataFolder"/> if reports are available.
    /// </summary>
    /// <exception cref="Cgh.Core.UserErrorException">A setting of the section <c>Dashboard</c> is unknown.</exception>
    public static WebApplicationBuilder AddDashboard(this WebApplicationBuilder builder)
    {
        // Without this, a host that is built but not published serves package files only in Development.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        // The keys of forms and connections stay in the home folder, in files that only their owner can read, so that pages survive a restart. There is
        // nothing on every system to encrypt them with, and without this statement each new key logs a warning about that.
        builder.Services.Configure<KeyManagementOptions>(keys => keys.XmlEncryptor = new NullXmlEncryptor());
        SettingNames.Check<DashboardOptions>(builder.Configuration.GetSection(DashboardOptions.Section));
        builder.Services.Configure<DashboardOptions>(builder.Configuration.GetSection(DashboardOptions.Section));
        builder.Services.AddOpenApi(options => options.ShouldInclude = action => action.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<RunFeed>();
        builder.Services.AddSingleton<InspectionFeed>();
        builder.Services.AddSingleton<SourceClient>();
        builder.Services.AddSingleton<PageModelCache>();
        builder.Services.AddSingleton<RecipeCatalog>();
        builder.Services.AddSingleton<RunIndex>();
        builder.Services.AddSingleton(
            new QueueOrder(ByPriority: !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.MessagingConnection))));
        builder.Services.AddSingleton(services => new Laboratory(services.GetService<DataFolder>(), services.GetService<IBrokerStatus>()));
        builder.Services.AddSingleton(services => new ReportFiles(services.GetService<DataFolder>()));
        builder.Services.AddSingleton(services => new DatasetClasses(services.GetService<DataFolder>()));
        builder.Services.AddSingleton(services => new LabelReviews(
            services.GetRequiredService<ReportFiles>(), services.GetService<DataFolder>(), services.GetRequiredService<TimeProvider>()));
        return builder;
    }

    /// <summary>Serves the pages at the root.</summary>
    public static WebApplication MapDashboard(this WebApplication app)
    {
        SecurityHeaders.Use(app);
        RequestChecks.Use(app);
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapGet("/experiments/{id}/report/{file}", (string id, string file, ReportFiles reports) => reports.Send(id, file));
        LabelEndpoints.Map(app);
        CompareCsv.Map(app);
        app.MapGet($"/{Palette.Address}", () => TypedResults.Text(Palette.Css, "text/css"));
        // The former URL, kept for one version.
        app.MapGet("/troubles", () => TypedResults.Redirect("/rejected", permanent: true));
        ControlEndpoints.Map(app);
        ApiEndpoints.Map(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    /// <summary>Adds the event consumer that keeps open pages up to date.</summary>
    public static void AddConsumers(IBusRegistrationConfigurator bus) => bus.AddConsumer<RunFeedConsumer, RunFeedConsumerDefinition>();
}
