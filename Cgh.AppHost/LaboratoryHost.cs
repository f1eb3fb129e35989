using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cgh.AppHost;

/// <summary>Builds the application model and runs it, or publishes it for Aspire's tools.</summary>
internal static class LaboratoryHost
{
    // Instead of a launch profile, whose folder both hosts would share. In Development, Aspire keeps generated passwords across
    // restarts. Without a certificate, its dashboard uses plain HTTP on localhost.
    private static readonly (string Variable, string Value)[] s_profile =
    [
        ("DOTNET_ENVIRONMENT", "Development"),
        ("ASPNETCORE_URLS", "http://localhost:18888"),
        ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"),
    ];

    public static async Task<int> RunAsync(LaboratoryArguments arguments, CancellationToken cancellationToken)
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
            // Traffic stays on this machine; a certificate would have to be created and trusted first.
            DeveloperCertificateDefaultHttpsTerminationEnabled = false,
        });
        builder.Services.AddLogging(logging => logging
            // Requests of the Aspire dashboard would bury the output of a recipe.
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            // The command line reports a failed start in one line, without this stack trace.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical));
        Laboratory.Compose(builder, LaboratoryOptions.Read(builder, arguments));
        await using var app = builder.Build();
        if (arguments.Recipe is null || builder.ExecutionContext.IsPublishMode)
        {
            await app.RunAsync(cancellationToken);
            return Environment.ExitCode;
        }

        var follower = new RecipeFollower(
            app.Services.GetRequiredService<ResourceNotificationService>(), app.Services.GetRequiredService<ResourceLoggerService>(), Console.Out);
        var recipe = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == Laboratory.RecipeName);
        // StartAsync never completes if a dependency has exited, so watch the resource from the start.
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
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
            await ((IHost)app).WaitForShutdownAsync(cancellationToken);
        }

        await app.StopAsync(CancellationToken.None);
        return code;
    }

    // Throws if the start fails; otherwise never completes.
    private static async Task<int> FailedStartAsync(Task started)
    {
        await started;
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return 0;
    }
}
