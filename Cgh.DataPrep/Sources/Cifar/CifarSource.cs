using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>CIFAR-10 or CIFAR-100, binary or Python, from a folder or from the archive as downloaded. Held in memory.</summary>
internal sealed class CifarSource : IImageSource
{
    // The batch and the index in it of each image.
    private readonly IReadOnlyList<CifarBatch> _batches;
    private readonly int[] _starts;

    private CifarSource(SourceInfo info, IReadOnlyList<CifarBatch> batches, ImageList images, string fingerprint)
    {
        Info = info;
        Images = images;
        Fingerprint = fingerprint;
        _batches = batches;
        _starts = [.. batches.Select((_, index) => batches.Take(index).Sum(batch => batch.Labels.Count))];
    }

    /// <summary>The entry in <see cref="ImageSources"/>.</summary>
    public static ImageSourceFormat Format { get; } =
        new("CIFAR-10 or CIFAR-100, binary or Python: the .tar.gz as downloaded or its unpacked folder.", CifarPlace.IsOne, Open)
        {
            Uses = [nameof(SourceOptions.Coarse)],
        };

    public SourceInfo Info { get; }

    public ImageList Images { get; }

    public string Fingerprint { get; }

    public bool IsSequential => false;

    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    public static CifarSource Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var place = CifarPlace.Find(request.Path);
        var layout = place.Layout;
        if (request.Options.Coarse && layout.Labels.Count == 1)
        {
            throw UserErrorException.Usage($"{place.Path} is {layout.Set}, which has no coarse labels. Leave out the choice of coarse labels.");
        }

        var kind = request.Options.Coarse ? layout.Labels[0] : layout.Labels[^1];
        var passedOver = new PassedOverList();
        var files = CifarArchive.Read(place, passedOver, cancellationToken);
        var classes = CifarClasses.Read(place, files, kind);
        var batches = new List<CifarBatch>();
        var images = new ImageList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(kind.Key));
        foreach (var name in layout.ImageFiles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("listing", batches.Count, layout.Train.Count + 1));
            var path = Path.Combine(place.Path, name);
            var file = files.GetValueOrDefault(name)
                ?? throw new UserErrorException($"{place.Path} lacks {name}. {layout.Set} consists of {string.Join(", ", layout.ImageFiles)}. Get it again.");
            var batch = CifarBatch.Read(path, file, layout, kind);
            var split = name == layout.Test ? Split.Val : Split.Train;
            foreach (var label in batch.Labels)
            {
                var index = split == Split.Train ? images.Count : images.CountOf(Split.Val);
                images.Add(split, string.Create(CultureInfo.InvariantCulture, $"{(split == Split.Train ? "train" : "val")}/{index:d5}"), label);
            }

            hash.AppendData(SHA256.HashData(file));
            batches.Add(batch);
        }

        progress?.Report(new StageProgress("listing", batches.Count, batches.Count));
        var info = new SourceInfo
        {
            Path = request.Path,
            Kind = $"{layout.Set}, {layout.Form}",
            LabelsFrom = $"its {kind.Key.Replace('_', ' ')}",
            Classes = classes,
            PassedOver = passedOver.ToList(),
        };
        return new CifarSource(info, batches, images, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => positions.Select(position =>
    {
        var found = Array.BinarySearch(_starts, position);
        var index = found >= 0 ? found : ~found - 1;
        return new ImageSample(
            position,
            Images[position],
            () => RawImage.Planes(CifarBatch.Side, CifarBatch.Side, _batches[index].PixelsOf(position - _starts[index])));
    });

    public void Dispose()
    {
    }
}
