using System.CommandLine;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;

namespace Cgh.Dashboard.Commands;

/// <summary><c>serve</c>: the dashboard as its own process.</summary>
internal static class ServeDashboardCommand
{
    private const string DefaultUrl = "http://localhost:5080";

    private const string Help = """
        Serves the dashboard. Environment variables set the addresses of the run store and the message broker.

        Example:
          ConnectionStrings__redis=localhost:6379 ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 Cgh.Dashboard serve
        """;

    public static Command Create()
    {
        var urls = new Option<string?>("--urls")
        {
            Description = $"URLs to listen on, separated by semicolons. Default: ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS, else {DefaultUrl}.",
        };
        var recipes = new Option<string?>("--recipes")
        {
            Description = "Folder with the recipes to offer. Default: the nearest folder named recipes.",
            HelpName = "DIR",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        data.Description += " Needed to show reports.";
        var command = new Command("serve", Help) { urls, recipes, data };
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed.GetValue(urls), parsed.GetValue(recipes), parsed.GetValue(data), cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(string? urls, string? recipes, string? data, CancellationToken cancellationToken)
    {
        var builder = ServiceBuilder.Create(AppContext.BaseDirectory);
        builder.RequireServers();
        if (urls is not null)
        {
            builder.WebHost.UseUrls(urls);
        }

        builder.ListenAtUnlessConfigured(DefaultUrl);
        if (recipes is not null)
        {
            builder.Configuration[$"{Recipes.DashboardOptions.Section}:{nameof(Recipes.DashboardOptions.Recipes)}"] = recipes;
        }

        builder.AddServiceDefaults();
        builder.AddRunStore();
        builder.AddMessageBus(DashboardService.AddConsumers);
        builder.Services.AddSingleton(DataFolder.Resolve(data));
        builder.AddDashboard();

        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapDashboard();
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
