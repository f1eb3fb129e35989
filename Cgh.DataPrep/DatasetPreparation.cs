using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Demo;
using Cgh.DataPrep.Packing;

namespace Cgh.DataPrep;

/// <summary>Makes the dataset that an experiment needs, with its label sets, where they are missing.</summary>
public sealed class DatasetPreparation(DataFolder data)
{
    /// <exception cref="UserErrorException">
    /// It cannot be made, or one of that name is made of something else than <paramref name="request"/> says.
    /// </exception>
    public void Prepare(
        DatasetRequest request,
        IReadOnlyList<LabelSetRequest> labels,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var folder = NewDatasetFolder.For(data, request.Name);
        if (File.Exists(Path.Combine(folder, DatasetManifest.FileName)))
        {
            CheckExisting(folder, request);
        }
        else
        {
            Make(folder, request, progress, cancellationToken);
        }

        using var dataset = Dataset.Open(folder);
        for (var i = 0; i < labels.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("labels", i, labels.Count));
            LabelSet.Create(dataset, labels[i]);
        }
    }

    private void Make(string folder, DatasetRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (request is { Demo: null, Source: null })
        {
            var usual = new PackOptions();
            var sizes = (request.Side, request.ShortSide) == (usual.Side, usual.ShortSide) ? "" : $" --side {request.Side} --short-side {request.ShortSide}";
            throw new UserErrorException($"There is no dataset '{request.Name}' in {data.Datasets}. Make it with: Cgh.DataPrep pack SOURCE --out {request.Name}{sizes}, or give the recipe's dataset a source.");
        }

        if (!DataFolder.IsName(request.Name))
        {
            throw UserErrorException.Usage($"'{request.Name}' cannot name a dataset: use letters, digits, '.', '-' and '_'.");
        }

        var source = request.Source;
        if (request.Demo is { } images)
        {
            source = Path.Combine(data.Sources, request.Name);
            DemoImageWriter.Write(source, images, progress, cancellationToken);
        }

        var (side, shortSide) = Sizes(request);
        var options = new PackOptions { Side = side, ShortSide = shortSide, SourceName = SourceName(request) };
        DatasetPacker.Pack(source!, folder, options, progress, cancellationToken);
    }

    private static void CheckExisting(string folder, DatasetRequest request)
    {
        var source = SourceName(request);
        if (source is null && request.Counts is null)
        {
            return;
        }

        using var dataset = Dataset.Open(folder);
        var manifest = dataset.Manifest;
        var (side, shortSide) = Sizes(request);
        var differs = source is not null && manifest.Source != source
            ? $"it was made of {manifest.Source}, not of {source}"
            : manifest.Side != side || manifest.ShortSide != shortSide
                ? $"its images have side {manifest.Side} and short side {manifest.ShortSide}, not {side} and {shortSide}"
                : null;
        if (differs is not null)
        {
            throw new UserErrorException($"Dataset '{request.Name}' in {folder} is another one: {differs}. Choose another name, or delete that folder.");
        }
    }

    private static string? SourceName(DatasetRequest request) =>
        request.Demo is { } images ? DemoMarker.For(images).Description : request.Source;

    // Demonstration images are packed as they are.
    private static (int Side, int ShortSide) Sizes(DatasetRequest request) =>
        request.Demo is { } images ? (images.Side, images.Side) : (request.Side, request.ShortSide);
}
