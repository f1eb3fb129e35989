using Cgh.Core;

namespace Cgh.DataPrep.Packing;

/// <summary>Counts the images that cannot be packed, of which there must not be too many.</summary>
internal sealed class SkipLimit(string source, int files, bool allowed)
{
    private int _count;
    private string? _first;

    /// <summary>Adds a skipped image.</summary>
    public void Add(string file, string reason)
    {
        _count++;
        _first ??= $"{file}: {reason}";
    }

    /// <summary>Adds the skipped images of a shard.</summary>
    public void Add(ShardRecord shard)
    {
        foreach (var image in shard.Skipped)
        {
            Add(image.File, image.Reason);
        }
    }

    /// <exception cref="UserErrorException">More than <see cref="PackOptions.MaxSkippedShare"/> of the files were skipped without permission.</exception>
    public void Check()
    {
        if (!allowed && _count > files * PackOptions.MaxSkippedShare)
        {
            throw new UserErrorException(
                $"{source}: {_count} of {files} files cannot be packed (more than {PackOptions.MaxSkippedShare * 100}%). "
                + $"The first is {_first}. Repair or remove them, or skip them with --allow-skipped.");
        }
    }
}
