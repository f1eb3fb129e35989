using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Images;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>Parquet files with a column of encoded images and a column of labels. Images are in the order of the files' names and rows.</summary>
internal sealed class ParquetImages : IImageSource
{
    private readonly string _root;
    private readonly SourceOptions _options;
    private readonly IReadOnlyList<ParquetRows> _groups;

    private ParquetImages(string root, SourceOptions options, SourceInfo info, ImageList images, IReadOnlyList<ParquetRows> groups, string fingerprint)
    {
        _root = root;
        _options = options;
        _groups = groups;
        Info = info;
        Images = images;
        Fingerprint = fingerprint;
    }

    public static ImageSourceFormat Format { get; } = new(
        "Parquet file, or a folder of such files as Hugging Face has them.", ParquetFiles.Recognizes, Open)
    {
        Uses = [nameof(SourceOptions.Coarse), nameof(SourceOptions.ImageColumn), nameof(SourceOptions.LabelColumn)],
    };

    public SourceInfo Info { get; }

    public ImageList Images { get; }

    public string Fingerprint { get; }

    public bool IsSequential => true;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions)
    {
        using var wanted = positions.GetEnumerator();
        var more = wanted.MoveNext();
        ParquetTable? table = null;
        var opened = "";
        try
        {
            foreach (var rows in _groups)
            {
                var inGroup = new List<int>();
                for (; more && wanted.Current < rows.First + rows.Count; more = wanted.MoveNext())
                {
                    inGroup.Add(wanted.Current);
                }

                if (inGroup.Count == 0)
                {
                    continue;
                }

                if (table is null || opened != rows.File)
                {
                    table?.Dispose();
                    table = null;
                    (table, opened) = (ParquetTable.Open(Path.Combine(_root, rows.File), _options), rows.File);
                }

                foreach (var sample in Samples(table, rows, inGroup))
                {
                    yield return sample;
                }
            }
        }
        finally
        {
            table?.Dispose();
        }
    }

    public void Dispose()
    {
    }

    private static ParquetImages Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var passedOver = new PassedOverList();
        var files = ParquetFiles.Find(request.Path, passedOver);
        var listing = new ParquetListing(files.Root, request.Options, passedOver);
        var total = files.Train.Count + files.Val.Count;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (split, names) in new[] { (Split.Train, files.Train), (Split.Val, files.Val) })
        {
            foreach (var name in names)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new StageProgress("listing", listing.Files, total));
                var file = new FileInfo(Path.Combine(files.Root, name));
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"{name}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\0")));
                listing.Add(split, name, cancellationToken);
            }
        }

        progress?.Report(new StageProgress("listing", total, total));
        var (images, classes, groups) = listing.Finish();
        if (images.CountOf(Split.Train) == 0)
        {
            throw new UserErrorException($"{request.Path} holds no labelled images for training. Files of the training split are named train-*.parquet.");
        }

        hash.AppendData(Encoding.UTF8.GetBytes($"{listing.Columns!.Image} {listing.Columns.Label}"));
        var info = new SourceInfo
        {
            Path = request.Path,
            Kind = total == 1 ? "Parquet file" : $"{total} Parquet files",
            LabelsFrom = $"column '{listing.Columns.LabelName}'" + (listing.Columns.ClassNames is null ? "" : ", with the names in the files' metadata"),
            Classes = classes,
            PassedOver = passedOver.ToList(),
        };
        return new ParquetImages(files.Root, request.Options, info, images, groups, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private IEnumerable<ImageSample> Samples(ParquetTable table, ParquetRows rows, List<int> positions)
    {
        var wanted = positions.ConvertAll(rows.RowOf);
        var next = 0;
        var row = 0;
        foreach (var image in table.Images(rows.Group, row => next < wanted.Count && row == wanted[next]))
        {
            if (row++ == wanted[next])
            {
                var position = positions[next++];
                yield return new ImageSample(
                    position,
                    Images[position],
                    () => image is null ? throw new UnreadableImageException("the table has no image here") : new MemoryStream(image, writable: false));
                if (next == wanted.Count)
                {
                    yield break;
                }
            }
        }

        throw new UserErrorException($"{Path.Combine(_root, rows.File)}: row group {rows.Group} has fewer images than labels. Download or write it again.");
    }
}

/// <summary>The labelled rows of a row group.</summary>
/// <param name="File">Name of the file, relative to the root.</param>
/// <param name="Group">Index of the row group in the file.</param>
/// <param name="Split">Split of the file.</param>
/// <param name="FirstRow">Number of rows in the file before the group.</param>
/// <param name="First">Position of its first image in the source.</param>
/// <param name="Count">Number of its images.</param>
/// <param name="Rows">Row of each image; null if all rows have one.</param>
internal sealed record ParquetRows(string File, int Group, Split Split, long FirstRow, int First, int Count, int[]? Rows)
{
    /// <summary>The row, from 0, of an image in the row group.</summary>
    public int RowOf(int position) => Rows is null ? position - First : Rows[position - First];
}
