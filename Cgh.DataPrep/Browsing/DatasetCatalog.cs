using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Messages;

namespace Cgh.DataPrep.Browsing;

/// <summary>Lists and describes the datasets of the data folder, unfinished ones included.</summary>
internal sealed class DatasetCatalog(DataFolder data)
{
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    public DatasetList List()
    {
        try
        {
            var folders = Directory.Exists(data.Datasets) ? Directory.GetDirectories(data.Datasets) : [];
            var names = folders.Select(folder => WithoutStaging(Path.GetFileName(folder)))
                .Where(DataFolder.IsName)
                .Distinct()
                .Order(StringComparer.Ordinal);
            return new DatasetList(data.Datasets, [.. names.Select(Summarize).OfType<DatasetSummary>()], Error: null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {data.Datasets}: {UserText.FirstLine(error)}", error);
        }
    }

    /// <summary>Describes a dataset; without <see cref="DatasetDescription.Dataset"/> if there is none of this name.</summary>
    public DatasetDescription Describe(string name)
    {
        var summary = DataFolder.IsName(name) ? Summarize(name) : null;
        if (summary is not { IsComplete: true, Error: null })
        {
            return new DatasetDescription { Dataset = summary };
        }

        var folder = Path.Combine(data.Datasets, name);
        var info = DatasetInfo.Read(folder);
        var manifest = info.Manifest;
        return new DatasetDescription
        {
            Dataset = summary,
            Folder = folder,
            Bytes = info.Bytes(Split.Train) + info.Bytes(Split.Val),
            Subset = DescribeSubset(info),
            Source = manifest.Source,
            SourceKind = manifest.SourceKind,
            LabelsFrom = manifest.LabelsFrom,
            ShortSide = manifest.ShortSide,
            Skipped = [.. manifest.Train.Skipped.Concat(manifest.Val.Skipped).Take(DatasetDescription.MaxSkipped)],
            PassedOver = manifest.PassedOver,
            Notes = [.. Notes(manifest.Duplicates)],
            LabelSets = [.. info.LabelSets.Select(set => set.Name)],
        };
    }

    private static string? DescribeSubset(DatasetInfo info) => info.Subset is not { } subset
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{subset.Train:N0} of the {info.ParentImages:N0} training images of {info.ParentFolder}, tested on {subset.Test:N0} ")
            + $"{(subset.HasTest ? "others" : "of its validation images")}{(subset.Origin.Length > 0 ? $"; chosen by: {subset.Origin}" : "")}.";

    private static IEnumerable<string> Notes(DuplicateCounts? duplicates)
    {
        if (duplicates is not { Images: > 0 })
        {
            yield break;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{duplicates.Images:N0} images have the same pixels as another one; {DuplicateCounts.FileName} in the dataset's folder lists them.");
        if (duplicates.TrainAndVal > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{duplicates.TrainAndVal:N0} validation images are also in train.");
        }

        if (duplicates.DifferentLabels > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{duplicates.DifferentLabels:N0} of them have different labels: at least one is wrong.");
        }
    }

    private static string WithoutStaging(string folder) =>
        folder.EndsWith(StagingFolder.PathFor(""), StringComparison.Ordinal) ? folder[..^StagingFolder.PathFor("").Length] : folder;

    private DatasetSummary? Summarize(string name)
    {
        var folder = Path.Combine(data.Datasets, name);
        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (Dataset.IsSubset(folder))
        {
            return SummarizeSubset(name, folder);
        }

        if (!File.Exists(path))
        {
            return Directory.Exists(StagingFolder.PathFor(folder)) ? new DatasetSummary { Name = name } : null;
        }

        try
        {
            var manifest = CghJson.Load<DatasetManifest>(path);
            return new DatasetSummary
            {
                Name = name,
                IsComplete = true,
                Classes = manifest.Classes.Count,
                Train = manifest.Train.Images,
                Val = manifest.Val.Images,
                Skipped = manifest.Train.Skipped.Count + manifest.Val.Skipped.Count,
                Side = manifest.Side,
                Created = manifest.Created,
            };
        }
        catch (UserErrorException error)
        {
            return new DatasetSummary { Name = name, IsComplete = true, Error = error.Message };
        }
    }

    // The parent may be gone; its page says so.
    private static DatasetSummary SummarizeSubset(string name, string folder)
    {
        try
        {
            var info = SubsetInfo.Load(folder);
            return new DatasetSummary
            {
                Name = name,
                IsComplete = true,
                Classes = info.Classes,
                Train = info.Train,
                Val = info.Test,
                Side = info.Side,
                Created = info.Created,
                SubsetOf = Path.GetFileName(info.ParentFolder(folder)),
            };
        }
        catch (UserErrorException error)
        {
            return new DatasetSummary { Name = name, IsComplete = true, Error = error.Message };
        }
    }
}
