using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Demo;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep;

/// <summary>Creates the dataset and the label sets that an experiment needs, if they do not exist.</summary>
public sealed class DatasetPreparation(DataFolder data)
{
    /// <summary>Creates what is missing. An existing dataset must match the request.</summary>
    /// <exception cref="UserErrorException">The dataset cannot be created, or the existing one does not match <paramref name="request"/>.</exception>
    public void Prepare(
        DatasetRequest request,
        IReadOnlyList<LabelSetRequest> labels,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default) => Prepare(request, labels, progress, begin: null, cancellationToken);

    /// <param name="request">The dataset.</param>
    /// <param name="labels">Its label sets.</param>
    /// <param name="progress">Receives progress and notices.</param>
    /// <param name="begin">Called once other processes can pack shards too.</param>
    /// <param name="cancellationToken">Ends it; finished shards are kept.</param>
    internal void Prepare(
        DatasetRequest request,
        IReadOnlyList<LabelSetRequest> labels,
        IProgress<StageProgress>? progress,
        Action<DatasetPack>? begin,
        CancellationToken cancellationToken)
    {
        var folder = NewDatasetFolder.For(data, request.Name);
        if (Dataset.Exists(folder))
        {
            CheckExisting(folder, request);
        }
        else
        {
            Make(folder, request, progress, begin, cancellationToken);
        }

        using var dataset = Dataset.Open(folder);
        for (var i = 0; i < labels.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("labels", i, labels.Count));
            LabelSet.Create(dataset, labels[i]);
        }
    }

    /// <exception cref="UserErrorException">No dataset can have this name.</exception>
    internal static void CheckName(string name)
    {
        if (!DataFolder.IsName(name))
        {
            throw UserErrorException.Usage($"'{UserText.Shortened(name)}' is not a valid name for a dataset: use letters, digits, '.', '-' and '_'.");
        }
    }

    /// <summary>How a request is packed.</summary>
    internal static PackOptions PackOptionsOf(DatasetRequest request)
    {
        var (side, shortSide) = Sizes(request);
        return new PackOptions
        {
            Side = side,
            ShortSide = shortSide,
            SourceName = SourceName(request),
            Source = request.SourceOptions,
            Selection = request.Selection,
            Orient = request.Orient,
            KeepJpeg = request.KeepJpeg,
            LargeImages = request.LargeImages,
            ShardBytes = request.ShardSize ?? new PackOptions().ShardBytes,
        };
    }

    /// <summary>Path of the images of a request.</summary>
    /// <exception cref="UserErrorException">A source that has a name is not there.</exception>
    internal static string SourceOf(DatasetRequest request, DataFolder data) =>
        request.Demo is null ? NamedSource.Resolve(request.Source!, data) : Path.Combine(data.Sources, request.Name);

    private void Make(
        string folder, DatasetRequest request, IProgress<StageProgress>? progress, Action<DatasetPack>? begin, CancellationToken cancellationToken)
    {
        if (request is { Demo: null, Source: null })
        {
            var defaults = new PackOptions();
            var sizes = (request.Side, request.ShortSide) == (defaults.Side, defaults.ShortSide)
                ? ""
                : $" --side {request.Side} --short-side {request.ShortSide}";
            throw new UserErrorException(
                $"There is no dataset '{request.Name}' in {data.Datasets}. "
                + $"Create it with: Cgh.DataPrep pack SOURCE --out {request.Name}{sizes}, or set the source of the recipe's dataset.");
        }

        CheckName(request.Name);
        if (request.Demo is { } images)
        {
            DemoImageWriter.Write(SourceOf(request, data), images, progress, cancellationToken);
        }

        var options = PackOptionsOf(request);
        var source = SourceOf(request, data);
        DatasetPacker.Pack(() => ImageSources.Open(source, options.Source, progress, cancellationToken), folder, options, progress, cancellationToken, begin);
    }

    private static void CheckExisting(string folder, DatasetRequest request)
    {
        var source = SourceName(request);
        if (source is null && request.Counts is null)
        {
            return;
        }

        using var dataset = Dataset.Open(folder);
        var differs = source is not null && dataset.Subset is { } subset
            ? $"it is a subset of {subset.Parent.Folder}, not packed from {source}"
            : DatasetDifference.Find(dataset.Manifest, source, PackOptionsOf(request));
        if (differs is not null)
        {
            throw new UserErrorException(
                $"Dataset '{request.Name}' in {folder} does not match the request: {differs}. Choose another name, or delete that folder.");
        }
    }

    private static string? SourceName(DatasetRequest request) =>
        request.Demo is { } images ? DemoMarker.For(images).Description : request.Source;

    // Demo images are generated at their final size.
    private static (int Side, int ShortSide) Sizes(DatasetRequest request) =>
        request.Demo is { } images ? (images.Side, images.Side) : (request.Side, request.ShortSide);
}
