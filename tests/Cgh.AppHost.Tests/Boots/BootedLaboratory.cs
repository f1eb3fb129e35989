using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.EndToEnd.Tests;
using Cgh.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Cgh.AppHost.Tests.Boots;

/// <summary>The program's model, started by Aspire's test host in this process, with a data folder, a recipe and a telemetry receiver of its own.</summary>
internal sealed class BootedLaboratory : IAsyncDisposable
{
    /// <summary>A recipe that takes a second or two.</summary>
    public const string Quick = "quick";

    /// <summary>A recipe that takes long enough to be paused.</summary>
    public const string Longer = "longer";

    private readonly TemporaryFolder _folder = new();
    private DistributedApplication? _app;

    private BootedLaboratory()
    {
    }

    public OtlpReceiver Receiver { get; } = OtlpReceiver.Start();

    public IEnumerable<string> Services => Model.Resources.OfType<ProjectResource>().Select(project => project.Name);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DistributedApplicationModel Model => _app!.Services.GetRequiredService<DistributedApplicationModel>();

    /// <summary>Starts it and waits until it is healthy.</summary>
    /// <param name="arguments">Arguments of the program.</param>
    public static async Task<BootedLaboratory> StartAsync(params string[] arguments)
    {
        var laboratory = new BootedLaboratory();
        try
        {
            await laboratory.BootAsync(arguments).WaitAsync(Boots.Timeout, Stop);
            return laboratory;
        }
        catch
        {
            await laboratory.DisposeAsync();
            throw;
        }
    }

    /// <summary>Invokes a command of the laboratory's resource, as Aspire's dashboard and command line do, and returns its message.</summary>
    public async Task<string> CommandAsync(string name, params InteractionInput[] arguments)
    {
        var result = await _app!.ResourceCommands.ExecuteCommandAsync(Laboratory.PagesName, name, new InteractionInputCollection(arguments), Stop);
        Assert.True(result.Success, result.Message);
        return result.Message!;
    }

    /// <summary>Starts a recipe of one run by the command and returns the experiment.</summary>
    public async Task<ExperimentFolder> StartRecipeAsync(string recipe)
    {
        var message = await CommandAsync(
            LaboratoryCommands.StartRecipe,
            new InteractionInput { Name = LaboratoryCommands.RecipeArgument, InputType = InputType.Choice, Value = recipe });
        Assert.EndsWith(" started.", message, StringComparison.Ordinal);
        return new ExperimentFolder(Path.Combine(new DataFolder(_folder["data"]).Experiments, message.Split(' ')[0]));
    }

    /// <summary>The addresses that Aspire's dashboard shows for a resource: their names and where they lead.</summary>
    public IEnumerable<(string Name, string Url)> LinksOf(string resource)
    {
        Assert.True(_app!.ResourceNotifications.TryGetCurrentState(resource, out var state));
        var links = state.Snapshot.Urls.Where(url => url.Url.StartsWith("http", StringComparison.Ordinal));
        return links.Select(link => (link.DisplayProperties.DisplayName, link.Url));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await Receiver.DisposeAsync();
        _folder.Dispose();
    }

    private async Task BootAsync(string[] arguments)
    {
        Directory.CreateDirectory(_folder["recipes"]);
        await File.WriteAllTextAsync(_folder["recipes", $"{Quick}.json"], SmallRecipe.Text(Quick, SmallRecipe.FewEpochs), Stop);
        await File.WriteAllTextAsync(_folder["recipes", $"{Longer}.json"], SmallRecipe.Text(Longer), Stop);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync(
            typeof(Laboratory),
            [
                "--data", _folder["data"], "--port", $"{Loopback.FreePort()}", "--no-dashboard", "--Dashboard:Recipes", _folder["recipes"],
                .. arguments,
            ],
            Stop);
        foreach (var project in builder.Resources.OfType<ProjectResource>())
        {
            // The last callback wins over Aspire's own, which names its dashboard.
            builder.CreateResourceBuilder(project).WithEnvironment(context =>
            {
                foreach (var (name, value) in Receiver.Environment)
                {
                    context.EnvironmentVariables[name] = value ?? "";
                }
            });
        }

        _app = await builder.BuildAsync(Stop);
        await _app.StartAsync(Stop);
        await Task.WhenAll(Services.Select(service => _app.ResourceNotifications.WaitForResourceHealthyAsync(service, Stop)));
    }
}
