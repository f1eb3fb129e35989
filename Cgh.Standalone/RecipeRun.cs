using Cgh.Client;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Standalone;

/// <summary>Runs a recipe from the terminal: submits it, shows its progress and prints the result.</summary>
internal sealed class RecipeRun(IRunStore store, ExperimentSubmitter submitter, DataFolder data, IAnsiConsole console)
{
    /// <returns>Whether every run completed.</returns>
    public async Task<bool> RunAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        var id = await submitter.SubmitAsync(recipe, cancellationToken);
        console.MarkupLineInterpolated($"Experiment: {id}");
        var ended = await new ExperimentDisplay(console).WatchAsync(store.FollowAsync(id, cancellationToken), snapshot => snapshot.Experiment.Status.IsOver());
        var folder = new ExperimentFolder(Path.Combine(data.Experiments, id));
        console.WriteLine(File.Exists(folder.Report) ? $"Report: {folder.Report}" : $"Experiment folder: {folder.Path}");
        return ended.Experiment.Status == ExperimentStatus.Completed;
    }
}
