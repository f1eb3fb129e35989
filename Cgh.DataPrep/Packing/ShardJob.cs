namespace Cgh.DataPrep.Packing;

/// <summary>A claimed shard that is being packed.</summary>
internal sealed class ShardJob : IDisposable
{
    private readonly PackFolder _folder;
    private readonly IDisposable _claim;
    private readonly ShardWriter _writer;
    private readonly List<UInt128> _hashes;
    private readonly List<SkippedImage> _skipped = [];
    private int _oriented;
    private int _read;
    private int _next;

    private ShardJob(PackFolder folder, PlannedShard shard, PackOptions options, IDisposable claim)
    {
        _folder = folder;
        _claim = claim;
        Shard = shard;
        _hashes = new List<UInt128>(shard.Count);
        _writer = ShardWriter.Create(shard.PathIn(folder.Path), shard.Count, options);
    }

    public PlannedShard Shard { get; }

    /// <summary>Whether all planned images were appended.</summary>
    public bool IsFull => _next == Shard.Count;

    /// <summary>Claims a shard.</summary>
    /// <returns>Null if another process has claimed or packed it.</returns>
    public static ShardJob? TryStart(PackFolder folder, PlannedShard shard, PackOptions options)
    {
        if (folder.TryClaim(shard) is not { } claim)
        {
            return null;
        }

        try
        {
            // Packed between the look at the records and the claim.
            if (ShardRecord.Read(folder.Path, shard, folder.Settings, out _) is null)
            {
                return new ShardJob(folder, shard, options, claim);
            }
        }
        catch
        {
            claim.Dispose();
            throw;
        }

        claim.Dispose();
        return null;
    }

    /// <summary>Counts an image that was read from the source, and returns how many were.</summary>
    public int CountRead() => ++_read;

    /// <summary>Appends the next planned image.</summary>
    public void Append(PackedImage image)
    {
        if (image.Failure is { } reason)
        {
            _skipped.Add(new SkippedImage(_next, image.Name, reason));
        }
        else
        {
            _writer.Append(image.Data.Span);
            _hashes.Add(image.Hash);
            _oriented += image.IsOriented ? 1 : 0;
        }

        _next++;
    }

    /// <summary>Flushes the shard to disk and writes its record.</summary>
    public ShardRecord Finish()
    {
        var hashes = new byte[_hashes.Count * ImageHash.Bytes];
        for (var i = 0; i < _hashes.Count; i++)
        {
            ImageHash.Write(_hashes[i], hashes, i);
        }

        var record = new ShardRecord
        {
            Settings = _folder.Settings,
            Planned = Shard.Count,
            Shard = _writer.Finish(out var bytes),
            Bytes = bytes,
            Skipped = _skipped,
            Hashes = hashes,
            Oriented = _oriented,
        };
        record.Save(_folder.Path, Shard);
        return record;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _claim.Dispose();
    }
}
