using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.RunStore;

public sealed partial class RedisRunStore
{
    private const string TrainersKey = "cgh:trainers";

    private static readonly TimeSpan s_trainerExpiry = TimeSpan.FromSeconds(12);

    public async Task ReportTrainerAsync(TrainerState trainer, CancellationToken cancellationToken = default)
    {
        var transaction = Database.CreateTransaction();
        _ = transaction.SetAddAsync(TrainersKey, trainer.Id);
        _ = transaction.StringSetAsync(TrainerKey(trainer.Id), Write(trainer), s_trainerExpiry);
        await CommitAsync(transaction, cancellationToken);
    }

    public async Task<IReadOnlyList<TrainerState>> ListTrainersAsync(CancellationToken cancellationToken = default)
    {
        var ids = await UnlessUnreadableAsync(ReadKeyAsync(TrainersKey, Database.SetMembersAsync(TrainersKey), cancellationToken), TrainersKey) ?? [];
        var found = await Task.WhenAll(ids.Select(id => UnlessUnreadableAsync(FindTrainerAsync(id.ToString(), cancellationToken), TrainerKey(id.ToString()))));
        RedisValue[] gone = [.. ids.Zip(found).Where(pair => pair.Second is null).Select(pair => pair.First)];
        if (gone.Length > 0)
        {
            await Database.SetRemoveAsync(TrainersKey, gone).WaitAsync(cancellationToken);
        }

        return [.. found.OfType<TrainerState>().OrderBy(trainer => trainer.Host, StringComparer.Ordinal).ThenBy(trainer => trainer.Started)];
    }

    private async Task<TrainerState?> FindTrainerAsync(string id, CancellationToken cancellationToken)
    {
        var key = TrainerKey(id);
        return Read<TrainerState>(key, await ReadKeyAsync(key, Database.StringGetAsync(key), cancellationToken));
    }

    private static string TrainerKey(string id) => $"cgh:trainer:{id}";
}
