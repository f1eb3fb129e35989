using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Idx;

/// <summary>Grey images in MNIST's idx files. Only the labels are held in memory; images are read from front to back.</summary>
internal sealed class IdxSource : IImageSource
{
    private readonly IdxFile _train;
    private readonly IdxFile? _val;

    private IdxSource(SourceInfo info, IdxFile train, IdxFile? val, ImageList images, string fingerprint)
    {
        Info = info;
        Images = images;
        Fingerprint = fingerprint;
        _train = train;
        _val = val;
    }

    /// <summary>The entry in <see cref="ImageSources"/>.</summary>
    public static ImageSourceFormat Format { get; } =
        new("MNIST's idx files (train-images-idx3-ubyte and so on, plain or .gz), or the folder that holds them.", IdxFolder.Recognizes, Open);

    public SourceInfo Info { get; }

    public ImageList Images { get; }

    public string Fingerprint { get; }

    /// <summary>So that the packer counts the bytes that it holds. A sample's stream is valid only until the next sample.</summary>
    public bool IsSequential => true;

    /// <exception cref="UserErrorException">A file is missing, damaged, or does not belong to the others.</exception>
    public static IdxSource Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var set = IdxFolder.Find(request.Path);
        var images = new ImageList();
        var hash = new StringBuilder();
        var labels = ReadLabels(set.Train, out var train, cancellationToken);
        var classes = IdxClasses.Of(set.Train.Labels, labels);
        Add(Split.Train, set.Train, labels);
        progress?.Report(new StageProgress("listing", 1, 2));
        IdxFile? val = null;
        if (set.Val is not null)
        {
            labels = ReadLabels(set.Val, out val, cancellationToken);
            Add(Split.Val, set.Val, labels);
        }

        progress?.Report(new StageProgress("listing", 2, 2));
        var passedOver = new PassedOverList();
        foreach (var file in set.Others)
        {
            passedOver.Add("not one of the four idx files", Path.GetFileName(file));
        }

        var info = new SourceInfo
        {
            Path = request.Path,
            Kind = "idx files",
            LabelsFrom = classes.From,
            Classes = classes.Names,
            PassedOver = passedOver.ToList(),
        };
        return new IdxSource(info, train, val, images, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hash.ToString()))));

        void Add(Split split, IdxPair files, byte[] given)
        {
            for (var item = 0; item < given.Length; item++)
            {
                images.Add(
                    split,
                    string.Create(CultureInfo.InvariantCulture, $"{(split == Split.Train ? "train" : "val")}/{item:d5}"),
                    classes.ClassOf(files.Labels, item, given[item]));
            }

            foreach (var file in new[] { files.Images, files.Labels }.Select(path => new FileInfo(path)))
            {
                hash.Append(CultureInfo.InvariantCulture, $"{file.Name}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\0");
            }
        }
    }

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions)
    {
        var firstOfVal = Images.CountOf(Split.Train);
        using var reader = new ItemReader();
        foreach (var position in positions)
        {
            var (file, item) = position < firstOfVal ? (_train, position) : (_val!, position - firstOfVal);
            var pixels = reader.Read(file, item);
            yield return new ImageSample(position, Images[position], () => RawImage.Grey(file.Sizes[2], file.Sizes[1], pixels));
        }
    }

    public void Dispose()
    {
    }

    private static byte[] ReadLabels(IdxPair files, out IdxFile images, CancellationToken cancellationToken)
    {
        var labels = IdxFile.Open(files.Labels, dimensions: 1, cancellationToken);
        images = IdxFile.Open(files.Images, dimensions: 3, cancellationToken);
        return labels.Count == images.Count
            ? labels.ReadAll()
            : throw new UserErrorException(
                $"{files.Images} has {images.Count} images, but {files.Labels} has {labels.Count} labels. They do not belong together.");
    }

    // Keeps a file open from one item to the next.
    private sealed class ItemReader : IDisposable
    {
        private IdxFile? _file;
        private Stream _stream = Stream.Null;
        private byte[] _pixels = [];
        private int _next;

        public byte[] Read(IdxFile file, int item)
        {
            if (_file != file)
            {
                _stream.Dispose();
                _stream = file.OpenItems(item);
                (_file, _next, _pixels) = (file, item, new byte[file.ItemBytes]);
            }

            IdxFile.Skip(_stream, (long)(item - _next) * file.ItemBytes);
            _stream.ReadExactly(_pixels);
            _next = item + 1;
            return _pixels;
        }

        public void Dispose() => _stream.Dispose();
    }
}
