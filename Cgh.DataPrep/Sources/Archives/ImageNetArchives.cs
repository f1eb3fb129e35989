using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// ImageNet as it is downloaded: <c>ILSVRC2012_img_train.tar</c> (a tar of a tar for each class), <c>ILSVRC2012_img_val.tar</c> and the development kit.
/// Images have the names and the order that they have in folders <c>train/CLASS</c> and <c>val/CLASS</c>, whatever their order in the archives.
/// </summary>
internal sealed class ImageNetArchives : IImageSource
{
    private readonly ArchiveFile _train;
    private readonly ArchiveFile _val;
    private readonly PassedOverList _passedOver = new();
    private readonly ArchivedImages _places = new();

    private ImageNetArchives(ArchiveFile train, ArchiveFile val)
    {
        _train = train;
        _val = val;
    }

    /// <summary>The entry in <see cref="ImageSources"/>.</summary>
    public static ImageSourceFormat Format { get; } = new(
        "ImageNet's archives as downloaded: a folder with ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz, "
            + "or one of the tars.",
        ImageNetFiles.Recognizes,
        Open);

    public SourceInfo Info { get; private set; } = null!;

    public ImageList Images { get; } = new();

    public string Fingerprint { get; private set; } = "";

    public bool IsSequential => false;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => positions.Select(position => new ImageSample(position, Images[position], () =>
    {
        var (file, offset, length) = _places[position];
        return file.OpenRange(offset, length);
    }));

    public void Dispose()
    {
        _train.Dispose();
        _val.Dispose();
    }

    /// <exception cref="UserErrorException">An archive is missing or damaged, or they do not belong together.</exception>
    public static ImageNetArchives Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var files = ImageNetFiles.Find(request.Path);
        using var devkitFile = ArchiveFile.Open(files.Devkit);
        var devkit = ArchiveFile.Reading(files.Devkit, () =>
        {
            using var content = devkitFile.OpenContent();
            return ImageNetDevkit.Read(content, cancellationToken);
        });
        var train = ArchiveFile.Open(files.Train);
        ArchiveFile? val = null;
        try
        {
            val = ArchiveFile.Open(files.Val);
            var source = new ImageNetArchives(train, val);
            source.ListTrain(devkit.Wnids, progress, cancellationToken);
            source.ListVal(devkit, cancellationToken);
            progress?.Report(new StageProgress("listing", devkit.Wnids.Count + 1, devkit.Wnids.Count + 1));
            source.Describe(request.Path, devkit, devkitFile);
            return source;
        }
        catch
        {
            train.Dispose();
            val?.Dispose();
            throw;
        }
    }

    private void Describe(string path, ImageNetDevkit devkit, ArchiveFile devkitFile)
    {
        Info = new SourceInfo
        {
            Path = path,
            Kind = "ImageNet archives",
            LabelsFrom = "the names of the archives in train, and the development kit for val",
            Classes = devkit.Wnids,
            ClassNames = devkit.Words,
            PassedOver = _passedOver.ToList(),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _train.AppendTo(hash);
        _val.AppendTo(hash);
        devkitFile.AppendTo(hash);
        Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void ListTrain(IReadOnlyList<string> wnids, IProgress<StageProgress>? progress, CancellationToken cancellationToken) =>
        ArchiveFile.Reading(_train.Path, () =>
        {
            using var content = OpenSeekable(_train);
            var tars = new TarListing(_passedOver).Tars(content, cancellationToken);
            CheckClasses([.. tars.Select(tar => tar.Stem)], wnids);
            for (var label = 0; label < tars.Count; label++)
            {
                progress?.Report(new StageProgress("listing", label, tars.Count + 1));
                AddClass(tars[label], wnids[label], label, cancellationToken);
            }

            return 0;
        });

    private void AddClass(ArchivedFile tar, string wnid, int label, CancellationToken cancellationToken)
    {
        try
        {
            using var content = _train.OpenRange(tar.Offset, tar.Length);
            foreach (var image in new TarListing(_passedOver).Images(content, $"{tar.Path}/", cancellationToken))
            {
                Images.Add(Split.Train, $"train/{wnid}/{image.Path}", label);
                _places.Add(_train, tar.Offset + image.Offset, image.Length);
            }
        }
        catch (ArchiveException error)
        {
            throw ArchiveException.In(tar.Path, error);
        }
    }

    // The ground truth has a line for each image in the order of their names.
    private void ListVal(ImageNetDevkit devkit, CancellationToken cancellationToken) => ArchiveFile.Reading(_val.Path, () =>
    {
        using var content = OpenSeekable(_val);
        var images = new TarListing(_passedOver).Images(content, "", cancellationToken);
        if (images.Count != devkit.ValLabels.Count)
        {
            throw new ArchiveException($"has {images.Count} images, but the development kit has labels for {devkit.ValLabels.Count}");
        }

        foreach (var (image, label) in images.Zip(devkit.ValLabels).OrderBy(pair => pair.Second))
        {
            Images.Add(Split.Val, $"val/{devkit.Wnids[label]}/{image.Path}", label);
            _places.Add(_val, image.Offset, image.Length);
        }

        return 0;
    });

    private static Stream OpenSeekable(ArchiveFile file) => file.IsCompressed
        ? throw new ArchiveException("is compressed. Decompress it with gunzip: images are read from their places in the archive")
        : file.OpenContent();

    private static void CheckClasses(IReadOnlyList<string> tars, IReadOnlyList<string> wnids)
    {
        if (wnids.Except(tars).FirstOrDefault() is { } missing)
        {
            throw new ArchiveException($"contains no {missing}.tar, a class of the development kit: it has {tars.Count} of {wnids.Count} classes");
        }

        if (tars.Except(wnids).FirstOrDefault() is { } unknown)
        {
            throw new ArchiveException($"contains {unknown}.tar, which is not a class of the development kit");
        }
    }
}
