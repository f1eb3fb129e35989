using Cgh.Core.Runs;
using StackExchange.Redis;

namespace Cgh.RunStore;

public sealed partial class RedisRunStore
{
    public async Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken cancellationToken = default)
    {
        using var span = Span(id);
        var transaction = Fenced(id, attempt);
        foreach (var (curve, count) in rows)
        {
            // LTRIM 0 -1 would keep all rows.
            _ = count == 0 ? transaction.KeyDeleteAsync(CurveKey(id, curve)) : transaction.ListTrimAsync(CurveKey(id, curve), 0, count - 1);
        }

        return await CommitAsync(transaction, cancellationToken);
    }

    public async Task<bool> AppendRowsAsync(
        RunId id,
        int attempt,
        string curve,
        int first,
        IReadOnlyList<double[]> rows,
        CancellationToken cancellationToken = default)
    {
        using var span = Span(id);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var length = (int)await Database.ListLengthAsync(CurveKey(id, curve)).WaitAsync(cancellationToken);
            if (first > length)
            {
                throw new CurveGapException(id, curve, length, first);
            }

            var transaction = Fenced(id, attempt);
            transaction.AddCondition(Condition.ListLengthEqual(CurveKey(id, curve), length));
            if (length - first < rows.Count)
            {
                _ = transaction.ListRightPushAsync(CurveKey(id, curve), [.. rows.Skip(length - first).Select(row => (RedisValue)Write(row))]);
            }

            if (await CommitAsync(transaction, cancellationToken))
            {
                return true;
            }

            if ((int?)await Database.HashGetAsync(RunKey(id), Attempt).WaitAsync(cancellationToken) != attempt)
            {
                return false;
            }
        }
    }

    public async Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default)
    {
        if (pending is not null)
        {
            await pending.LoadAsync(id, cancellationToken);
        }

        var key = CurveKey(id, curve).ToString();
        var rows = await ReadKeyAsync(key, Database.ListRangeAsync(CurveKey(id, curve), from), cancellationToken);
        return new CurveRows(from, [.. rows.Select(row => Read<double[]>(key, row)!)]);
    }
}
