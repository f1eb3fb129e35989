using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles the run store with the run folders: a store that lost everything, or lacks some experiments, gets them from there.</summary>
internal sealed partial class StoreRefill(IRetryingRunStore store, DataFolder data, ILogger<StoreRefill> log)
{
    private const string FillLock = "fill";

    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(20);

    private string _unknown = "";

    /// <summary>Fills a store that is empty. Two trainers that do so at once, because one outlasts its lock, do no harm: what is there already is not added.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        if (await store.IsFilledAsync(cancellationToken) || !await store.TakeLockAsync(FillLock, ThisTrainer.Holder, s_lockExpiry, cancellationToken))
        {
            return;
        }

        if (!await store.IsFilledAsync(cancellationToken))
        {
            var all = 0;
            // Until there is nothing more to add: a store that is emptied meanwhile must not be called filled.
            for (var added = -1; added != 0; all += added)
            {
                added = await store.FromFoldersAsync(data, log, RebuildAs.Live, cancellationToken);
            }

            await store.MarkFilledAsync(cancellationToken);
            Filled(log, all);
        }

        await store.ReleaseLockAsync(FillLock, ThisTrainer.Holder, cancellationToken);
    }

    /// <summary>
    /// Adds experiments that have a folder and are not known: a server that came back with older contents lacks what is newer, and a share that was
    /// away when the store was filled has come back.
    /// </summary>
    public async Task AddUnknownAsync(HashSet<string> known, CancellationToken cancellationToken)
    {
        var unknown = !Directory.Exists(data.Experiments) ? [] : Directory.GetDirectories(data.Experiments)
            .Where(path => !known.Contains(Path.GetFileName(path)) && File.Exists(new ExperimentFolder(path).Record))
            .ToArray();
        var names = string.Join(';', unknown);
        // Those that cannot be added are still unknown next time; why is logged once.
        if (names.Length > 0 && names != _unknown)
        {
            AddedUnknown(log, await store.FromFoldersAsync(data, log, RebuildAs.Live, cancellationToken));
        }

        _unknown = names;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run store was empty and has been filled from the run folders: {Experiments} experiments.")]
    private static partial void Filled(ILogger log, int experiments);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run store lacked experiments that have folders, and has been given {Experiments} of them.")]
    private static partial void AddedUnknown(ILogger log, int experiments);
}
