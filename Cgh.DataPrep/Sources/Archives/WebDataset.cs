using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// A WebDataset: tars in which each sample is an image beside a <c>.cls</c> or <c>.json</c> file with its label. The order is the dataset's own: shards
/// by name, samples as they are in the tar.
/// </summary>
internal sealed class WebDataset : IImageSource
{
    // Reports during the listing of one large tar.
    private const int EntriesPerReport = 1000;

    // More are opened for each image. Many systems allow 1,024 open files.
    private const int MaxOpenShards = 200;

    private readonly List<ArchiveFile> _files = [];
    private readonly ArchivedImages _places = new();

    private WebDataset()
    {
    }

    /// <summary>The entry in <see cref="ImageSources"/>.</summary>
    public static ImageSourceFormat Format { get; } = new(
        "WebDataset: a tar or a folder of tars (also .tar.gz) with images and .cls or .json files of the same key.", WebShard.Recognizes, Open);

    public SourceInfo Info { get; private set; } = null!;

    public ImageList Images { get; private set; } = new();

    public string Fingerprint { get; private set; } = "";

    /// <summary>A compressed shard can only be read from front to back.</summary>
    public bool IsSequential => _files.Exists(file => file.IsCompressed);

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => IsSequential ? InArchiveOrder(positions) : positions.Select(position =>
    {
        var (file, offset, length) = _places[position];
        return new ImageSample(position, Images[position], () => file.OpenRange(offset, length));
    });

    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <exception cref="UserErrorException">A shard is damaged, or there is no image with a label.</exception>
    public static WebDataset Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var source = new WebDataset();
        try
        {
            source.List(request.Path, progress, cancellationToken);
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private void List(string path, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var passedOver = new PassedOverList();
        var shards = WebShard.Find(path, passedOver);
        var labels = new WebLabels();
        var reader = new WebShardReader(labels, passedOver);
        var megabytes = (int)(shards.Sum(shard => new FileInfo(shard.Path).Length) >> 20);
        var finished = 0L;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var shard in shards)
        {
            var file = ArchiveFile.Open(shard.Path);
            _files.Add(file);
            file.AppendTo(hash);
            Report(0);
            var entries = 0;
            ArchiveFile.Reading(shard.Path, () =>
            {
                using var content = file.OpenContent();
                reader.Read(content, shard.Name, (image, label) => Add(shard, file, image, label), position =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (++entries % EntriesPerReport == 0 && !file.IsCompressed)
                    {
                        Report(position);
                    }
                });
                return 0;
            });
            finished += file.Length;
            if (shards.Count > MaxOpenShards)
            {
                file.Release();
            }
        }

        Report(0);
        Describe(path, labels, passedOver);
        Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());

        void Report(long position) => progress?.Report(new StageProgress("listing", Math.Min(megabytes, (int)((finished + position) >> 20)), megabytes));
    }

    private void Add(WebShard shard, ArchiveFile file, ArchivedFile image, int label)
    {
        Images.Add(shard.Split, $"{shard.Name}/{image.Path}", label);
        _places.Add(file, image.Offset, image.Length);
    }

    private void Describe(string path, WebLabels labels, PassedOverList passedOver)
    {
        if (Images.Count == 0)
        {
            var reasons = string.Join(", ", passedOver.ToList().Select(files => $"{files.Files} x {files.Reason}"));
            var found = reasons.Length == 0 ? "" : $" Passed over: {reasons}.";
            throw new UserErrorException(
                $"{path} holds no image with a label: in a WebDataset, a .cls or .json file with the same key has it.{found} Unpack archives of another kind.");
        }

        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var (names, classes) = ArchiveFile.Reading(path, () => WebClassNames.Find(folder) is var found ? (found, labels.ToClasses(found)) : default);
        if (classes.Mapping is { } mapping)
        {
            Relabel(mapping);
        }

        Info = new SourceInfo
        {
            Path = path,
            Kind = "WebDataset",
            LabelsFrom = names is null ? "the .cls or .json file of each image" : $"the .cls or .json file of each image, and {names.File}",
            Classes = classes.Classes,
            ClassNames = classes.ClassNames,
            PassedOver = passedOver.ToList(),
        };
    }

    private void Relabel(int[] mapping)
    {
        var images = new ImageList();
        foreach (var split in new[] { Split.Train, Split.Val })
        {
            foreach (var position in Images.PositionsOf(split))
            {
                images.Add(split, Images[position].Name, mapping[Images.LabelAt(position)]);
            }
        }

        Images = images;
    }

    private IEnumerable<ImageSample> InArchiveOrder(IEnumerable<int> positions)
    {
        ForwardContent? content = null;
        try
        {
            foreach (var position in positions)
            {
                var (file, offset, length) = _places[position];
                if (!file.IsCompressed)
                {
                    yield return new ImageSample(position, Images[position], () => file.OpenRange(offset, length));
                    continue;
                }

                if (content?.File != file)
                {
                    content?.Dispose();
                    content = new ForwardContent(file);
                }

                var current = content;
                current.MoveTo(offset);
                yield return new ImageSample(position, Images[position], () => current.Read(length));
            }
        }
        finally
        {
            content?.Dispose();
        }
    }
}
