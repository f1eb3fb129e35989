using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>An experiment and its runs, read from the run store at one moment.</summary>
/// <param name="Experiment">Its state.</param>
/// <param name="Runs">Its runs, in the recipe's order.</param>
/// <param name="Dataset">Progress of its dataset, while it is preparing.</param>
public sealed record ExperimentSnapshot(ExperimentState Experiment, IReadOnlyList<RunState> Runs, DatasetState? Dataset);

/// <summary>Polls an experiment. Short outages and rebuilds of the run store are tolerated.</summary>
public static class ExperimentFollower
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(500);

    // Allows for a server restart and a rebuild from thousands of run folders.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    /// <summary>Returns snapshots, at most two per second, without end.</summary>
    /// <param name="store">The run store.</param>
    /// <param name="id">Id of the experiment.</param>
    /// <param name="cancellationToken">Ends the snapshots.</param>
    /// <param name="report">Called once per outage, with a line that says why there is no snapshot.</param>
    /// <exception cref="UserErrorException">The store has not responded, or the experiment has been missing, for two minutes.</exception>
    public static async IAsyncEnumerable<ExperimentSnapshot> FollowAsync(
        this IRunStore store,
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        Action<string>? report = null)
    {
        string? reported = null;
        var lastSeen = Stopwatch.GetTimestamp();
        while (true)
        {
            ExperimentSnapshot? snapshot = null;
            string? failure = null;
            try
            {
                snapshot = await store.ReadExperimentAsync(id, cancellationToken);
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                var reason = RunStoreFault.Describe(error);
                failure = $"{reason} It has not answered for {s_timeout.TotalMinutes:0} minutes. Training continues; check again when the store is back.";
                if (reported is null)
                {
                    report?.Invoke(reason);
                }

                reported = reason;
            }

            if (snapshot is not null)
            {
                lastSeen = Stopwatch.GetTimestamp();
                reported = null;
                yield return snapshot;
            }
            else if (Stopwatch.GetElapsedTime(lastSeen) > s_timeout)
            {
                throw UserErrorException.Unreachable(failure ?? $"The run store has lost experiment {id}, and no trainer has restored it from its folder.");
            }

            await Task.Delay(s_pollInterval, cancellationToken);
        }
    }

    /// <summary>Reads one snapshot; null if there is no such experiment.</summary>
    public static async Task<ExperimentSnapshot?> ReadExperimentAsync(this IRunStore store, string id, CancellationToken cancellationToken)
    {
        if (await store.FindExperimentAsync(id, cancellationToken) is not { } experiment)
        {
            return null;
        }

        var dataset = experiment.Status == ExperimentStatus.Preparing ? await store.FindDatasetAsync(experiment.Recipe.Dataset.Name, cancellationToken) : null;
        return new ExperimentSnapshot(experiment, await store.ListRunsAsync(id, cancellationToken), dataset);
    }
}
