using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client;

/// <summary>Runs a recipe from the terminal: submits it, shows its progress and prints where the result is.</summary>
/// <param name="store">The run store.</param>
/// <param name="data">The data folder of the services.</param>
/// <param name="console">The terminal.</param>
public sealed class RecipeRun(IRunStore store, DataFolder data, IAnsiConsole console)
{
    /// <param name="submit">Submits the recipe and returns the experiment's id.</param>
    /// <param name="cancellationToken">Stops following, not the experiment.</param>
    /// <returns>Whether every run completed.</returns>
    public async Task<bool> RunAsync(Func<CancellationToken, Task<string>> submit, CancellationToken cancellationToken)
    {
        var id = await submit(cancellationToken);
        console.MarkupLineInterpolated($"Experiment: {id}");
        var ended = await new ExperimentDisplay(console).WatchAsync(store.FollowAsync(id, cancellationToken), snapshot => snapshot.Experiment.Status.IsOver());
        var folder = new ExperimentFolder(Path.Combine(data.Experiments, id));
        console.WriteLine(File.Exists(folder.Report) ? $"Report: {folder.Report}" : $"Experiment folder: {folder.Path}");
        return ended.Experiment.Status == ExperimentStatus.Completed;
    }
}
