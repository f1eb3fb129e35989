using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Packing;

/// <summary>Counts the unreadable files of both splits and fails if there are too many.</summary>
internal sealed class SkipLimit(string source, int files, bool allowed)
{
    private int _count;
    private SkippedFile? _first;

    /// <summary>Adds skipped files to the count.</summary>
    /// <exception cref="UserErrorException">More than <see cref="PackOptions.MaxSkippedShare"/> of the files were skipped without permission.</exception>
    public void Add(IReadOnlyCollection<SkippedFile> skipped)
    {
        _count += skipped.Count;
        _first ??= skipped.FirstOrDefault();
        if (!allowed && _count > files * PackOptions.MaxSkippedShare)
        {
            throw new UserErrorException(
                $"{source}: {_count} of {files} files cannot be packed (more than {PackOptions.MaxSkippedShare * 100}%). "
                + $"The first is {_first!.File}: {_first.Reason}. Repair or remove them, or skip them with --allow-skipped.");
        }
    }
}
