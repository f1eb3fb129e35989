using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>An experiment and its runs as the run store had them at one moment.</summary>
/// <param name="Experiment">Its state.</param>
/// <param name="Runs">Its runs, in the recipe's order.</param>
/// <param name="Dataset">How far its dataset is, while it waits for it.</param>
public sealed record ExperimentSnapshot(ExperimentState Experiment, IReadOnlyList<RunState> Runs, DatasetState? Dataset);

/// <summary>Reads an experiment again and again. A run store that is away for a moment, or is being rebuilt, is waited for.</summary>
public static class ExperimentFollower
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(500);

    // A server that is started again and a store that is rebuilt from thousands of run folders take their time.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    /// <summary>Snapshots, at most two a second; never ends by itself.</summary>
    /// <exception cref="UserErrorException">The store does not answer for two minutes, or does not know the experiment for as long.</exception>
    public static async IAsyncEnumerable<ExperimentSnapshot> FollowAsync(this IRunStore store, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var heard = Stopwatch.GetTimestamp();
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
                failure = $"The run store has not answered for {s_timeout.TotalMinutes:0} minutes. What trains goes on without it; look again when it is back.";
            }

            if (snapshot is not null)
            {
                heard = Stopwatch.GetTimestamp();
                yield return snapshot;
            }
            else if (Stopwatch.GetElapsedTime(heard) > s_timeout)
            {
                throw UserErrorException.Unreachable(failure ?? $"The run store has lost experiment {id}, and no trainer has brought it back from its folder.");
            }

            await Task.Delay(s_refresh, cancellationToken);
        }
    }

    /// <summary>One look; null when the store does not know the experiment.</summary>
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
