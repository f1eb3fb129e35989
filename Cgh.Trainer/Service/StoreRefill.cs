using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles the run store with the run folders: adds experiments that the store has lost.</summary>
internal sealed partial class StoreRefill(IRetryingRunStore store, DataFolder data, SkippedFiles skipped, ILogger<StoreRefill> log)
{
    private const string FillLock = "fill";

    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(20);

    private string _missing = "";

    /// <summary>Fills an empty store. Safe if two trainers do it at once (the lock may expire): existing experiments are skipped.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        if (await store.IsFilledAsync(cancellationToken) || !await store.TakeLockAsync(FillLock, TrainerIdentity.Holder, s_lockExpiry, cancellationToken))
        {
            return;
        }

        if (!await store.IsFilledAsync(cancellationToken))
        {
            var all = 0;
            // Repeat until nothing is added: the store may be flushed again meanwhile.
            for (var added = -1; added != 0; all += added)
            {
                added = await store.FromFoldersAsync(data, log, RebuildAs.Live, skipped, pending: null, cancellationToken);
            }

            await store.MarkFilledAsync(cancellationToken);
            // Also the first start with a new data folder.
            Filled(log, all == 0 ? LogLevel.Information : LogLevel.Warning, all);
        }

        await store.ReleaseLockAsync(FillLock, TrainerIdentity.Holder, cancellationToken);
    }

    /// <summary>
    /// Adds experiments that have a folder but are missing from the store, because the server was restored from an older snapshot or the share
    /// was unmounted during the refill.
    /// </summary>
    public async Task AddMissingAsync(HashSet<string> known, CancellationToken cancellationToken)
    {
        var missing = !Directory.Exists(data.Experiments) ? [] : Directory.GetDirectories(data.Experiments)
            .Where(path => !known.Contains(Path.GetFileName(path)) && File.Exists(new ExperimentFolder(path).Record))
            .ToArray();
        var names = string.Join(';', missing);
        // Experiments that cannot be added stay missing; read them again only after a change.
        if (names.Length > 0
            && names != _missing
            && await store.FromFoldersAsync(data, log, RebuildAs.Live, skipped, pending: null, cancellationToken) is > 0 and var added)
        {
            AddedMissing(log, added);
        }

        _missing = names;
    }

    [LoggerMessage(Message = "The run store was empty; restored {Experiments} experiments from the run folders.")]
    private static partial void Filled(ILogger log, LogLevel level, int experiments);

    [LoggerMessage(Level = LogLevel.Information, Message = "Restored {Experiments} experiments that were missing from the run store.")]
    private static partial void AddedMissing(ILogger log, int experiments);
}
