using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Packing;

/// <summary>Counts files that could not be read, over both splits, and ends the packing when they are too many.</summary>
internal sealed class SkipLimit(string source, int files, bool allowed)
{
    private int _count;
    private SkippedFile? _first;

    /// <exception cref="UserErrorException">More than one file in a hundred was skipped, and that is not allowed.</exception>
    public void Add(IReadOnlyCollection<SkippedFile> skipped)
    {
        _count += skipped.Count;
        _first ??= skipped.FirstOrDefault();
        if (!allowed && _count > files * PackOptions.MaxSkippedShare)
        {
            throw new UserErrorException($"{source}: {_count} of {files} files cannot be packed (more than {PackOptions.MaxSkippedShare * 100}%), the first is {_first!.File}: {_first.Reason}. Mend or remove them, or leave them out with --allow-skipped.");
        }
    }
}
