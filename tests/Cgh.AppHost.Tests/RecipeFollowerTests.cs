using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cgh.AppHost.Tests;

public sealed class RecipeFollowerTests
{
    [Theory]
    [InlineData("Finished", 0, 0)]
    [InlineData("Exited", 3, 3)]
    [InlineData("FailedToStart", null, 1)]
    public async Task FollowAsync_RecipeEnds_ShowsItsLinesAndReturnsItsExitCode(string state, int? exitCode, int expected)
    {
        var stop = TestContext.Current.CancellationToken;
        var model = Model.Of(Model.Valid with { Recipe = "/recipes/demo.json" });
        await using var app = model.Build();
        var recipe = model[Laboratory.RecipeName];
        var notifications = app.Services.GetRequiredService<ResourceNotificationService>();
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        using var output = new StringWriter();

        var following = new RecipeFollower(notifications, logs, output).FollowAsync(recipe, stop);
        await notifications.PublishUpdateAsync(recipe, "recipe-1", told => told with { State = KnownResourceStates.Running });
        logs.GetLogger(recipe).LogInformation("sgd: completed");
        await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
        Assert.False(following.IsCompleted);
        await notifications.PublishUpdateAsync(recipe, "recipe-1", told => told with { State = state, ExitCode = exitCode });

        Assert.Equal(expected, await following.WaitAsync(TimeSpan.FromSeconds(30), stop));
        Assert.Equal("sgd: completed", output.ToString().Trim());
    }

    [Fact]
    public async Task FollowAsync_ServerEndsBeforeTheRecipeStarts_SaysSoAndDoesNotWaitForEver()
    {
        var stop = TestContext.Current.CancellationToken;
        var model = Model.Of(Model.Valid with { Recipe = "/recipes/demo.json" });
        await using var app = model.Build();
        var notifications = app.Services.GetRequiredService<ResourceNotificationService>();
        using var output = new StringWriter();

        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        var following = new RecipeFollower(notifications, logs, output).FollowAsync(model[Laboratory.RecipeName], stop);
        await notifications.PublishUpdateAsync(model["messaging"], "messaging-1", told => told with { State = KnownResourceStates.Exited, ExitCode = 78 });

        Assert.Equal(1, await following.WaitAsync(TimeSpan.FromSeconds(30), stop));
        Assert.Equal("messaging has exited with code 78. See its log in the Aspire dashboard, where it can be restarted.", output.ToString().Trim());
    }

    [Fact]
    public async Task FollowAsync_TrainerEndsWhileTheRecipeRuns_SaysSoAndGoesOn()
    {
        var stop = TestContext.Current.CancellationToken;
        var model = Model.Of(Model.Valid with { Recipe = "/recipes/demo.json" });
        await using var app = model.Build();
        var recipe = model[Laboratory.RecipeName];
        var notifications = app.Services.GetRequiredService<ResourceNotificationService>();
        using var output = new StringWriter();

        var following = new RecipeFollower(notifications, app.Services.GetRequiredService<ResourceLoggerService>(), output).FollowAsync(recipe, stop);
        await notifications.PublishUpdateAsync(recipe, "recipe-1", told => told with { State = KnownResourceStates.Running });
        await notifications.PublishUpdateAsync(model["trainer"], "trainer-1", told => told with { State = KnownResourceStates.Exited, ExitCode = 137 });
        await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
        Assert.False(following.IsCompleted);
        await notifications.PublishUpdateAsync(recipe, "recipe-1", told => told with { State = KnownResourceStates.Finished, ExitCode = 0 });

        Assert.Equal(0, await following.WaitAsync(TimeSpan.FromSeconds(30), stop));
        Assert.StartsWith("trainer has exited with code 137", output.ToString(), StringComparison.Ordinal);
    }
}
