using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Client;

/// <summary>An experiment, or one run of it, as a command line names it.</summary>
/// <param name="Experiment">Id of the experiment.</param>
/// <param name="Run">Name of the run; null for all of them.</param>
internal sealed record Target(string Experiment, string? Run)
{
    public static Argument<string> Argument() => new("EXPERIMENT[/RUN]") { Description = "An experiment's id, or EXPERIMENT/RUN for one run of it." };

    /// <exception cref="UserErrorException">It is neither.</exception>
    public static Target Parse(string given) => given.Split('/') switch
    {
        [{ Length: > 0 } experiment] => new Target(experiment, Run: null),
        [{ Length: > 0 } experiment, { Length: > 0 } run] => new Target(experiment, run),
        _ => throw UserErrorException.Usage($"'{given}' names no experiment and no run: give an experiment's id, or EXPERIMENT/RUN. 'status' lists them."),
    };

    /// <summary>The runs that it names.</summary>
    public IReadOnlyList<RunState> Of(ExperimentSnapshot snapshot) =>
        Run is null ? snapshot.Runs : [.. snapshot.Runs.Where(run => run.Id.Name == Run)];

    /// <summary>What the store knows of it.</summary>
    /// <exception cref="UserErrorException">The store does not know it.</exception>
    public async Task<ExperimentSnapshot> FindAsync(IRunStore store, CancellationToken cancellationToken)
    {
        if (await store.ReadExperimentAsync(Experiment, cancellationToken) is not { } snapshot)
        {
            var known = (await store.ListExperimentsAsync(cancellationToken: cancellationToken)).Select(experiment => experiment.Id).ToArray();
            throw UserErrorException.Usage($"There is no experiment '{Experiment}'.{(known.Length == 0 ? " There is none yet: submit a recipe." : NearestName.Suggest(Experiment, known))}");
        }

        return Of(snapshot).Count > 0
            ? snapshot
            : throw UserErrorException.Usage($"Experiment {Experiment} has no run '{Run}'.{NearestName.Suggest(Run!, snapshot.Runs.Select(run => run.Id.Name))}");
    }

    public override string ToString() => Run is null ? Experiment : $"{Experiment}/{Run}";
}
