using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;

namespace Cgh.Dashboard.Commands;

/// <summary><c>serve</c>: the dashboard as a program of its own.</summary>
internal static class ServeCommand
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
        Require(builder.Configuration, ServiceDefaultsExtensions.RedisConnection, "the address of a Redis-protocol server, such as localhost:6379");
        Require(builder.Configuration, ServiceDefaultsExtensions.MessagingConnection, "the address of a RabbitMQ, such as amqp://guest:guest@localhost:5672");
        builder.ListenAtUnlessConfigured(DefaultUrl);
        if (urls is not null)
        {
            builder.WebHost.UseUrls(urls);
        }

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

    private static void Require(IConfiguration configuration, string connection, string what)
    {
        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString(connection)))
        {
            throw UserErrorException.Usage($"ConnectionStrings__{connection} is not set: set it to {what}.");
        }
    }
}
