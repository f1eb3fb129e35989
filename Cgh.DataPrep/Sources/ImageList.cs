using System.Text;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources;

/// <summary>Name and label of an image.</summary>
/// <param name="Name">Unique within the source, with '/': <c>train/CLASS/NAME.JPEG</c>. Identifies the image in the dataset.</param>
/// <param name="Label">Index of its class.</param>
internal readonly record struct SourceImage(string Name, int Label)
{
    /// <summary>The name on one line, as lists of files give it.</summary>
    public string Listed => Name.Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>The images of a source, first those of train, then those of val. Names are kept as UTF-8: ImageNet's take 60 MB instead of 150.</summary>
internal sealed class ImageList
{
    private const int ChunkBytes = 1 << 20;

    private readonly List<byte[]> _chunks = [];
    private readonly List<(int Chunk, int Start, int Length)> _names = [];
    private readonly List<int> _labels = [];
    private int _used = ChunkBytes;
    private int _train;

    /// <summary>Number of images in both splits.</summary>
    public int Count => _labels.Count;

    /// <summary>The image at a position.</summary>
    public SourceImage this[int position] => new(NameAt(position), _labels[position]);

    /// <summary>Label of the image at a position, without decoding its name.</summary>
    public int LabelAt(int position) => _labels[position];

    /// <summary>Length of the name at a position in UTF-8, without decoding it.</summary>
    public int NameBytesAt(int position) => _names[position].Length;

    /// <summary>Number of images of a split.</summary>
    public int CountOf(Split split) => split == Split.Train ? _train : Count - _train;

    /// <summary>The positions of a split's images.</summary>
    public IEnumerable<int> PositionsOf(Split split) =>
        split == Split.Train ? Enumerable.Range(0, _train) : Enumerable.Range(_train, Count - _train);

    /// <summary>Appends an image. Those of train come before those of val.</summary>
    public void Add(Split split, string name, int label)
    {
        if (split == Split.Train && Count > _train)
        {
            throw new InvalidOperationException($"{name}: images of train must be added before those of val.");
        }

        var length = Encoding.UTF8.GetByteCount(name);
        if (_used + length > ChunkBytes)
        {
            _chunks.Add(new byte[Math.Max(ChunkBytes, length)]);
            _used = 0;
        }

        Encoding.UTF8.GetBytes(name, _chunks[^1].AsSpan(_used));
        _names.Add((_chunks.Count - 1, _used, length));
        _used += length;
        _labels.Add(label);
        if (split == Split.Train)
        {
            _train++;
        }
    }

    private string NameAt(int position)
    {
        var (chunk, start, length) = _names[position];
        return Encoding.UTF8.GetString(_chunks[chunk], start, length);
    }
}
