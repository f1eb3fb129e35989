using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cgh.AppHost.Aspire;

/// <summary>Builds the model and runs it, or publishes it where Aspire's tools ask for that.</summary>
internal static class AspireHost
{
    // What a launch profile would say; `dotnet run` takes one from a folder that both hosts would share. Development is where Aspire
    // keeps the generated passwords from one start to the next; without certificates its dashboard is on plain HTTP, on this machine only.
    private static readonly (string Variable, string Value)[] s_profile =
    [
        ("DOTNET_ENVIRONMENT", "Development"),
        ("ASPNETCORE_URLS", "http://localhost:18888"),
        ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
    ];

    public static async Task<int> RunAsync(LaboratoryArguments arguments, CancellationToken stop)
    {
        if (!arguments.Publishes)
        {
            foreach (var (variable, value) in s_profile.Where(setting => Environment.GetEnvironmentVariable(setting.Variable) is null))
            {
                Environment.SetEnvironmentVariable(variable, value);
            }
        }

        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = [.. arguments.ForAspire],
            // Between processes of one machine; a certificate would have to be made and trusted first.
            DeveloperCertificateDefaultHttpsTerminationEnabled = false,
        });
        builder.Services.AddLogging(logging => logging
            // The requests of Aspire's own dashboard would drown a recipe's lines.
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            // A start that fails is said in one line by the command line; this would say it with its stack trace before.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical));
        Laboratory.Compose(builder, LaboratoryOptions.Read(builder, arguments));
        await using var app = builder.Build();
        if (arguments.Recipe is null || builder.ExecutionContext.IsPublishMode)
        {
            await app.RunAsync(stop);
            return Environment.ExitCode;
        }

        var follower = new RecipeFollower(
            app.Services.GetRequiredService<ResourceNotificationService>(), app.Services.GetRequiredService<ResourceLoggerService>(), Console.Out);
        var recipe = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == Laboratory.RecipeName);
        // A start ends when all that waits has started, so never if what it waits for has ended: followed from the beginning, that is said.
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var started = app.StartAsync(starting.Token);
        var code = await await Task.WhenAny(follower.FollowAsync(recipe, starting.Token), FailedStartAsync(started));
        if (arguments.Exit)
        {
            await starting.CancelAsync();
            await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await started;
            await ((IHost)app).WaitForShutdownAsync(stop);
        }

        await app.StopAsync(CancellationToken.None);
        return code;
    }

    // Ends with the start's own error; a start that succeeds never does.
    private static async Task<int> FailedStartAsync(Task started)
    {
        await started;
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return 0;
    }
}
