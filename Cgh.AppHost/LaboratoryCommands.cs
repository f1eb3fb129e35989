using Cgh.Core;
using Cgh.Core.Experiments;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost;

/// <summary>
/// The commands of the laboratory's resource, in Aspire's dashboard and as <c>aspire resource laboratory COMMAND</c>. They are sent like the
/// recipe of <c>run RECIPE</c>, see <see cref="LaboratoryControl"/>.
/// </summary>
/// <param name="pages">The resource with the laboratory's pages.</param>
/// <param name="access">What the laboratory needs to accept commands.</param>
/// <param name="recipes">The folder with the recipes that the pages offer.</param>
internal sealed class LaboratoryCommands(IResourceBuilder<ProjectResource> pages, LaboratoryAccess access, string recipes)
{
    public const string RunDemo = "run-demo";

    public const string StartRecipe = "start-recipe";

    public const string PauseQueue = "pause-queue";

    public const string ResumeQueue = "resume-queue";

    /// <summary>The argument of <see cref="StartRecipe"/>: a recipe's file name without its extension.</summary>
    public const string RecipeArgument = "recipe";

    private const string Demo = "demo";

    public void Add()
    {
        Add(
            RunDemo,
            "Run the demo",
            "Submit recipes/demo.json.",
            "Play",
            (control, context) => SubmitAsync(control, Demo, context.CancellationToken));
        Add(
            StartRecipe,
            "Start recipe...",
            "Submit one of the recipes that the laboratory offers.",
            "Beaker",
            (control, context) => SubmitAsync(control, context.Arguments.GetString(RecipeArgument)!, context.CancellationToken),
            RecipeInput());
        Add(
            PauseQueue,
            "Pause the queue",
            "Pause all queued and running runs. Running ones write a checkpoint first.",
            "Pause",
            async (control, context) => $"{Runs(await control.PauseQueueAsync(context.CancellationToken))} paused.");
        Add(
            ResumeQueue,
            "Resume the queue",
            "Queue all paused runs again.",
            "ArrowClockwise",
            async (control, context) => $"{Runs(await control.ResumeQueueAsync(context.CancellationToken))} queued again.");
    }

    // Read again whenever the dashboard asks, like on the pages.
    private InteractionInput RecipeInput() => new()
    {
        Name = RecipeArgument,
        Label = "Recipe",
        InputType = InputType.Choice,
        Required = true,
        Options = Choices(),
        DynamicLoading = new InputLoadOptions
        {
            LoadCallback = context =>
            {
                context.Input.Options = Choices();
                return Task.CompletedTask;
            },
        },
    };

    private List<KeyValuePair<string, string>> Choices() =>
    [
        .. RecipeFinder.List(recipes)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Select(name => KeyValuePair.Create(name, name)),
    ];

    private async Task<string> SubmitAsync(LaboratoryControl control, string name, CancellationToken cancellationToken) =>
        $"{await control.SubmitAsync(Recipe.Load(Path.Combine(recipes, $"{name}.json")), cancellationToken)} started.";

    private void Add(
        string name,
        string text,
        string description,
        string icon,
        Func<LaboratoryControl, ExecuteCommandContext, Task<string>> execute,
        params InteractionInput[] arguments)
    {
        var options = new CommandOptions
        {
            Description = description,
            IconName = icon,
            IconVariant = IconVariant.Regular,
            Arguments = arguments,
            UpdateState = context =>
                context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        };
        pages.WithCommand(name, text, ExecuteAsync, options);

        async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
        {
            using var control = new LaboratoryControl(pages.GetEndpoint("http").Url, access);
            try
            {
                // Aspire's dashboard shows the message, its command line the result.
                var done = await execute(control, context);
                return CommandResults.Success(done, done);
            }
            catch (UserErrorException error)
            {
                return CommandResults.Failure(error.Message);
            }
        }
    }

    private static string Runs(int count) => count == 1 ? "1 run" : $"{count} runs";
}
