using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Client;

/// <summary>
/// How to continue experiments that ended with the laboratory that ran them: without a queue that outlives it, nothing continues by itself.
/// </summary>
public static class ResumeAdvice
{
    /// <summary>Name of the command.</summary>
    public const string Verb = "resume";

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Help text of the command.</summary>
    public const string Help =
        "Continues an experiment that was interrupted, even by kill -9: queues its stopped runs again, which continue from their last checkpoints, "
        + "shows its progress here and on the pages, and keeps serving after it has ended. A completed experiment is only shown.";

    /// <summary>Returns the id of an experiment in the data folder.</summary>
    /// <exception cref="UserErrorException">There is none of that name.</exception>
    public static string CheckExists(DataFolder data, string id)
    {
        if (DataFolder.IsName(id) && Directory.Exists(Path.Combine(data.Experiments, id)))
        {
            return id;
        }

        var known = Directory.Exists(data.Experiments) ? Directory.GetDirectories(data.Experiments).Select(folder => Path.GetFileName(folder)) : [];
        throw UserErrorException.Usage($"There is no experiment '{UserText.Shortened(id)}' in {data.Experiments}.{NearestName.Suggest(id, known)}");
    }

    /// <summary>Waits until a laboratory that starts has read its run folders. Its pages answer before that.</summary>
    /// <param name="store">Its run store.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task WaitForRebuildAsync(IRunStore store, CancellationToken cancellationToken)
    {
        while (!await store.IsFilledAsync(cancellationToken))
        {
            await Task.Delay(s_pollInterval, cancellationToken);
        }
    }

    /// <summary>The line that a laboratory prints when it starts; null if no run was interrupted.</summary>
    /// <param name="store">The run store.</param>
    /// <param name="program">Name of the program.</param>
    /// <param name="cancellationToken">Cancels the reads.</param>
    public static async Task<string?> AtStartAsync(IRunStore store, string program, CancellationToken cancellationToken)
    {
        var interrupted = new List<string>();
        foreach (var experiment in await store.ListExperimentsAsync(int.MaxValue, cancellationToken))
        {
            if (experiment.Status.IsOver() && (await store.ListRunsAsync(experiment.Id, cancellationToken)).Any(run => run.Status == RunStatus.Interrupted))
            {
                interrupted.Add(experiment.Id);
            }
        }

        return interrupted.Count == 0 ? null : $"Interrupted: {Named(interrupted)}. Continue with: {Command(program, interrupted[0])}";
    }

    /// <summary>The line that a laboratory prints when it stops.</summary>
    /// <param name="active">The experiments that stop with it, newest first.</param>
    /// <param name="program">Name of the program.</param>
    public static string AtStop(IReadOnlyList<string> active, string program) => active.Count == 0
        ? "Stopped."
        : $"Stopped. Running runs have written a checkpoint. Continue with: {Command(program, active[0])}"
            + (active.Count > 1 ? $" (stopped: {Named(active)})" : "");

    private static string Command(string program, string experiment) => $"{program} {Verb} {experiment}";

    // Newest first, as the store lists them.
    private static string Named(IReadOnlyList<string> experiments) =>
        experiments.Count == 1 ? experiments[0] : $"{experiments[0]} and {experiments.Count - 1} older";
}
