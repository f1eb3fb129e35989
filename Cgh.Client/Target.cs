using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Client;

/// <summary>The experiment or run that a command applies to.</summary>
/// <param name="Experiment">Id of the experiment.</param>
/// <param name="Run">Name of the run; null for all runs of the experiment.</param>
internal sealed record Target(string Experiment, string? Run)
{
    public static Argument<string> Argument() => new("EXPERIMENT[/RUN]") { Description = "Id of an experiment, or EXPERIMENT/RUN for one of its runs." };

    /// <summary>Parses <c>EXPERIMENT</c> or <c>EXPERIMENT/RUN</c>.</summary>
    /// <exception cref="UserErrorException">The text is neither.</exception>
    public static Target Parse(string given) => given.Split('/') switch
    {
        [{ Length: > 0 } experiment] => new Target(experiment, Run: null),
        [{ Length: > 0 } experiment, { Length: > 0 } run] => new Target(experiment, run),
        _ => throw UserErrorException.Usage(
            $"'{given}' is not an experiment or a run. Use an experiment's id or EXPERIMENT/RUN; 'status' lists the experiments."),
    };

    /// <summary>Selects the target's runs.</summary>
    public IReadOnlyList<RunState> Of(ExperimentSnapshot snapshot) =>
        Run is null ? snapshot.Runs : [.. snapshot.Runs.Where(run => run.Id.Name == Run)];

    /// <summary>Reads the experiment from the store.</summary>
    /// <exception cref="UserErrorException">The experiment or run does not exist.</exception>
    public async Task<ExperimentSnapshot> FindAsync(IRunStore store, CancellationToken cancellationToken)
    {
        if (await store.ReadExperimentAsync(Experiment, cancellationToken) is not { } snapshot)
        {
            var known = (await store.ListExperimentsAsync(cancellationToken: cancellationToken)).Select(experiment => experiment.Id).ToArray();
            var hint = known.Length == 0 ? " Submit a recipe to create one." : NearestName.Suggest(Experiment, known);
            throw UserErrorException.Usage($"There is no experiment '{Experiment}'.{hint}");
        }

        return Of(snapshot).Count > 0
            ? snapshot
            : throw UserErrorException.Usage(
                $"Experiment {Experiment} has no run '{Run}'.{NearestName.Suggest(Run!, snapshot.Runs.Select(run => run.Id.Name))}");
    }

    public override string ToString() => Run is null ? Experiment : $"{Experiment}/{Run}";
}
