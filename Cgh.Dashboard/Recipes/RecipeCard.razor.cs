using Cgh.Core.Experiments;
using Cgh.Dashboard.Components;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Recipes;

/// <summary>A recipe with its start button.</summary>
public sealed partial class RecipeCard : CommandButtons
{
    private int? _priority;
    private bool _isStarting;

    [Parameter, EditorRequired]
    public required RecipeFile File { get; set; }

    [Inject]
    public required QueueOrder Order { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private string Name => Path.GetFileNameWithoutExtension(File.Path);

    private string PriorityId => $"priority-{Name}";

    // The recipe's own until the user selects another.
    private int Priority
    {
        get => _priority ?? File.Recipe!.Priority;
        set => _priority = value;
    }

    private bool IsDemo => RecipeFinder.IsDemo(File.Path);

    private async Task StartAsync()
    {
        string? id = null;
        _isStarting = true;
        await CommandAsync(async cancellationToken => id = await Submitter.SubmitAsync(File.Recipe!, Priority, cancellationToken));
        _isStarting = false;
        if (id is not null)
        {
            Navigation.NavigateTo(PageUrls.Experiment(id));
        }
    }
}
