namespace Cgh.DataPrep.Packing;

/// <summary>
/// Claims shards in the order in which the source is read, each when its first image is due. If images of both splits alternate in the source, as with images
/// held out of train, a shard of each is open at a time: the source is read once.
/// </summary>
internal sealed class ShardQueue(PackFolder folder, PackPlan plan, PackOptions options, IEnumerable<PlannedShard> shards) : IDisposable
{
    private readonly Cursor[] _cursors =
    [
        .. shards.GroupBy(shard => shard.Split).Select(split => new Cursor(plan, [.. split.OrderBy(shard => shard.Index)])),
    ];

    private readonly Queue<(int Position, ShardJob Job)> _due = [];
    private readonly HashSet<ShardJob> _open = [];
    private readonly Lock _gate = new();

    /// <summary>Called for each shard that another process has claimed or packed.</summary>
    public Action<PlannedShard>? PassBy { get; init; }

    /// <summary>The positions of all images to pack, ascending. Claims each shard when its first image is enumerated.</summary>
    public IEnumerable<int> Positions()
    {
        while (_cursors.Where(cursor => cursor.HasNext).MinBy(cursor => cursor.Position) is { } next)
        {
            if (next.Job is null && (next.Job = Start(next.Shard)) is null)
            {
                PassBy?.Invoke(next.Shard);
                next.SkipShard();
            }
            else
            {
                var position = next.Position;
                _due.Enqueue((position, next.Job));
                next.Advance();
                yield return position;
            }
        }
    }

    /// <summary>Returns the shard of the image that the source returns next.</summary>
    public ShardJob JobOf(int position) => _due.TryDequeue(out var due) && due.Position == position
        ? due.Job
        : throw new InvalidOperationException($"The source returned image {position}, but {due.Position} was due.");

    /// <summary>Releases a shard that is finished.</summary>
    public void Release(ShardJob job)
    {
        lock (_gate)
        {
            _open.Remove(job);
        }

        job.Dispose();
    }

    /// <summary>Gives up the shards that are not finished.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var job in _open)
            {
                job.Dispose();
            }

            _open.Clear();
        }
    }

    private ShardJob? Start(PlannedShard shard)
    {
        try
        {
            if (ShardJob.TryStart(folder, shard, options) is not { } job)
            {
                return null;
            }

            lock (_gate)
            {
                _open.Add(job);
            }

            return job;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw folder.CannotWrite(error);
        }
    }

    private sealed class Cursor(PackPlan plan, IReadOnlyList<PlannedShard> shards)
    {
        private int _shard;
        private int _image;

        public bool HasNext => _shard < shards.Count;

        public PlannedShard Shard => shards[_shard];

        public ShardJob? Job { get; set; }

        public int Position => plan.Positions(Shard)[_image];

        public void Advance()
        {
            if (++_image == Shard.Count)
            {
                SkipShard();
            }
        }

        public void SkipShard()
        {
            Job = null;
            _image = 0;
            _shard++;
        }
    }
}
