namespace Cgh.DataPrep.Sources.Archives;

/// <summary>Where in its archive each image of a source is, by position.</summary>
internal sealed class ArchivedImages
{
    private readonly List<long> _offsets = [];
    private readonly List<int> _lengths = [];

    // An archive and the position after its last image.
    private readonly List<(ArchiveFile File, int End)> _archives = [];

    /// <summary>Appends an image. Those of an archive follow one another.</summary>
    public void Add(ArchiveFile file, long offset, long length)
    {
        _offsets.Add(offset);
        _lengths.Add((int)length);
        if (_archives is [.., var last] && last.File == file)
        {
            _archives[^1] = (file, _offsets.Count);
        }
        else
        {
            _archives.Add((file, _offsets.Count));
        }
    }

    public (ArchiveFile File, long Offset, int Length) this[int position] => (FileOf(position), _offsets[position], _lengths[position]);

    private ArchiveFile FileOf(int position)
    {
        var (low, high) = (0, _archives.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (position < _archives[middle].End)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return _archives[low].File;
    }
}
