using System.CommandLine;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;

namespace Cgh.Dashboard.Commands;

/// <summary><c>serve</c>: the dashboard as a program of its own.</summary>
internal static class ServeDashboardCommand
{
    private const string DefaultUrl = "http://localhost:5080";

    public static Command Create()
    {
        var urls = new Option<string?>("--urls") { Description = $"Addresses to listen at, separated by semicolons; else ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS, else {DefaultUrl}." };
        var recipes = new Option<string?>("--recipes") { Description = "Folder of the recipes offered; else the nearest folder named recipes." };
        var data = new Option<string?>("--data") { Description = $"The data folder, for reports; else {DataFolder.Variable}, else data/ in the working directory." };
        var command = new Command(
            "serve",
            "Serve the pages. ConnectionStrings__redis names the run store's server and ConnectionStrings__messaging the RabbitMQ that the "
                + "services talk over. Example: ConnectionStrings__redis=localhost:6379 ConnectionStrings__messaging=amqp://localhost Cgh.Dashboard serve")
        {
            urls,
            recipes,
            data,
        };
        command.SetAction((parsed, stop) => ServeAsync(parsed.GetValue(urls), parsed.GetValue(recipes), parsed.GetValue(data), stop));
        return command;
    }

    private static async Task<int> ServeAsync(string? urls, string? recipes, string? data, CancellationToken stop)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
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
        await app.StartAsync(stop);
        await app.WaitForShutdownAsync(stop);
        return 0;
    }
}
