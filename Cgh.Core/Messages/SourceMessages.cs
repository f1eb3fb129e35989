using Cgh.Core.Experiments;

namespace Cgh.Core.Messages;

/// <summary>Request to DataPrep: what is in a folder that images may be read from. The response is a <see cref="FolderListing"/>.</summary>
/// <param name="Path">The folder; null for the folders that are allowed.</param>
public sealed record ListFolders(string? Path) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Response to <see cref="ListFolders"/>.</summary>
public sealed record FolderListing
{
    /// <summary>The folder, with its links resolved; null for the list of allowed folders.</summary>
    public string? Path { get; init; }

    /// <summary>The folder above, if it is allowed too.</summary>
    public string? Parent { get; init; }

    /// <summary>Folders, then files that are recognised as sources, in ordinal order.</summary>
    public IReadOnlyList<FolderEntry> Entries { get; init; } = [];

    /// <summary>There are more entries than are listed.</summary>
    public bool HasMore { get; init; }

    /// <summary>Why there is no list, in one line.</summary>
    public string? Error { get; init; }
}

/// <summary>An entry of a <see cref="FolderListing"/>.</summary>
public sealed record FolderEntry(string Name, string Path, bool IsFolder);

/// <summary>Request to DataPrep: what a source would become. The response is a <see cref="SourceInspection"/>; large sources take minutes.</summary>
/// <param name="Id">Identifies the request in <see cref="InspectionProgressed"/> and <see cref="CancelInspection"/>.</param>
/// <param name="Dataset">The source and how to pack it.</param>
public sealed record InspectSource(Guid Id, DatasetRequest Dataset) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Command to all DataPrep services: the response to this <see cref="InspectSource"/> is no longer needed.</summary>
public sealed record CancelInspection(Guid Id) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Event, once a second while a source is inspected.</summary>
public sealed record InspectionProgressed(Guid Id, string Stage, int Done, int Total);

/// <summary>Response to <see cref="InspectSource"/>.</summary>
public sealed record SourceInspection
{
    /// <summary>The source, with the links of its path resolved.</summary>
    public string Path { get; init; } = "";

    /// <summary>What was recognised, such as "folder in ImageNet's layout".</summary>
    public string Kind { get; init; } = "";

    /// <summary>Where the labels come from, such as "the names of the class folders".</summary>
    public string LabelsFrom { get; init; } = "";

    /// <summary>Number of images that will be packed for training.</summary>
    public int Train { get; init; }

    /// <summary>Number of images that will be packed for validation.</summary>
    public int Val { get; init; }

    /// <summary>Share of the training images that will be held out for validation; null if the source has validation images.</summary>
    public double? Holdout { get; init; }

    /// <summary>The classes in the order of their labels, at most <see cref="MaxClasses"/>.</summary>
    public IReadOnlyList<SourceClass> Classes { get; init; } = [];

    /// <summary>Number of classes, those that are not listed included.</summary>
    public int ClassCount { get; init; }

    /// <summary>Files that are not labelled images, by reason.</summary>
    public IReadOnlyList<Datasets.PassedOverFiles> PassedOver { get; init; } = [];

    /// <summary>What may be a mistake, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What packing will cost, a sentence each.</summary>
    public IReadOnlyList<string> Estimate { get; init; } = [];

    /// <summary>At most <see cref="MaxSamples"/> images as they will be packed, in the order of their labels.</summary>
    public IReadOnlyList<SampleImage> Samples { get; init; } = [];

    /// <summary>Why the source cannot be packed as requested although it was recognised, in one line. The counts are then those of the source.</summary>
    public string? Problem { get; init; }

    /// <summary>Why nothing is known about the source, in one line.</summary>
    public string? Error { get; init; }

    /// <summary>Maximum length of <see cref="Classes"/>.</summary>
    public const int MaxClasses = 2000;

    /// <summary>Maximum length of <see cref="Samples"/>.</summary>
    public const int MaxSamples = 20;
}

/// <summary>A class of a source.</summary>
/// <param name="Name">Its name, as in the source.</param>
/// <param name="Title">Its readable name from a mapping file; null if there is none.</param>
/// <param name="Train">Number of training images.</param>
/// <param name="Val">Number of validation images.</param>
public sealed record SourceClass(string Name, string? Title, int Train, int Val);

/// <summary>An image of a source, small.</summary>
/// <param name="File">Its name in the source.</param>
/// <param name="Class">Name of its class; the readable one, if there is one.</param>
/// <param name="MediaType">Type of <paramref name="Content"/>; null if the image cannot be read.</param>
/// <param name="Content">The encoded image, a few kilobytes.</param>
/// <param name="Failure">Why the image cannot be read: a clause without a full stop.</param>
public sealed record SampleImage(string File, string Class, string? MediaType, byte[] Content, string? Failure)
{
    /// <summary>Width in the source, in pixels; 0 if not known.</summary>
    public int Width { get; init; }

    /// <summary>Height in the source, in pixels; 0 if not known.</summary>
    public int Height { get; init; }
}

/// <summary>Request to DataPrep: whether a dataset can be packed as requested. The response is a <see cref="PackCheck"/>.</summary>
public sealed record CheckPack(DatasetRequest Dataset) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Response to <see cref="CheckPack"/>.</summary>
/// <param name="Error">Why it cannot, in one line; null if it can.</param>
public sealed record PackCheck(string? Error);

/// <summary>Request to DataPrep: the datasets of the data folder. The response is a <see cref="DatasetList"/>.</summary>
public sealed record ListDatasets : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Response to <see cref="ListDatasets"/>.</summary>
/// <param name="Folder">Where they are.</param>
/// <param name="Datasets">In ordinal order of their names.</param>
/// <param name="Error">Why there is no list, in one line.</param>
public sealed record DatasetList(string Folder, IReadOnlyList<DatasetSummary> Datasets, string? Error);

/// <summary>A dataset in a list.</summary>
public sealed record DatasetSummary
{
    public required string Name { get; init; }

    /// <summary>False while its staging folder waits for the rest of its images.</summary>
    public bool IsComplete { get; init; }

    public int Classes { get; init; }

    /// <summary>Number of training images.</summary>
    public int Train { get; init; }

    /// <summary>Number of validation images.</summary>
    public int Val { get; init; }

    /// <summary>Number of files that could not be packed.</summary>
    public int Skipped { get; init; }

    /// <summary>Height and width of the images in pixels.</summary>
    public int Side { get; init; }

    public DateTimeOffset? Created { get; init; }

    /// <summary>Name of the dataset that holds its images, if it is a subset.</summary>
    public string? SubsetOf { get; init; }

    /// <summary>Why it cannot be read, in one line.</summary>
    public string? Error { get; init; }
}

/// <summary>Request to DataPrep: the contents of a dataset. The response is a <see cref="DatasetDescription"/>.</summary>
public sealed record DescribeDataset(string Name) : ICommand
{
    public int Version { get; init; } = Contracts.Version;
}

/// <summary>Response to <see cref="DescribeDataset"/>.</summary>
public sealed record DatasetDescription
{
    /// <summary>Null if there is none of this name.</summary>
    public DatasetSummary? Dataset { get; init; }

    /// <summary>Its folder on the machine of the DataPrep service.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Size of its shards, or of a subset's indices, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>If it is a subset, its images and where its indices came from, in a sentence.</summary>
    public string? Subset { get; init; }

    public string? Source { get; init; }

    public string? SourceKind { get; init; }

    public string? LabelsFrom { get; init; }

    /// <summary>Length in pixels to which the shorter side was resized before the centre crop.</summary>
    public int ShortSide { get; init; }

    /// <summary>The first of the files that could not be packed, at most <see cref="MaxSkipped"/>.</summary>
    public IReadOnlyList<Datasets.SkippedFile> Skipped { get; init; } = [];

    /// <summary>Files of the source that are not labelled images, by reason.</summary>
    public IReadOnlyList<Datasets.PassedOverFiles> PassedOver { get; init; } = [];

    /// <summary>What was found about the images, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Names of its label sets.</summary>
    public IReadOnlyList<string> LabelSets { get; init; } = [];

    /// <summary>Why it cannot be read, in one line.</summary>
    public string? Error { get; init; }

    /// <summary>Maximum length of <see cref="Skipped"/>.</summary>
    public const int MaxSkipped = 200;
}
