using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cgh.Core.Datasets;

namespace Cgh.Core.Experiments;

/// <summary>The dataset that an experiment needs. It is created if it does not exist.</summary>
public sealed record DatasetRequest
{
    /// <summary>Name of the dataset in the data folder.</summary>
    public string Name { get; init; } = "";

    /// <summary>Synthetic images to generate and pack; excludes <see cref="Source"/>.</summary>
    public DemoImages? Demo { get; init; }

    /// <summary>Path of the images to pack, or the name of a <see cref="NamedSource"/>. Without this and <see cref="Demo"/>, the dataset must exist.</summary>
    public string? Source { get; init; }

    /// <summary>Height and width of the packed images in pixels.</summary>
    public int Side { get; init; } = 224;

    /// <summary>Length in pixels to which the shorter side is resized before the centre crop.</summary>
    public int ShortSide { get; init; } = 256;

    /// <summary>
    /// Expected contents of a dataset that the user packs. It must have been packed with this <see cref="Side"/> and <see cref="ShortSide"/>.
    /// </summary>
    public DatasetCounts? Counts { get; init; }

    /// <inheritdoc cref="ImageSelection.Classes"/>
    public int? Classes { get; init; }

    /// <inheritdoc cref="ImageSelection.PerClass"/>
    public int? PerClass { get; init; }

    /// <inheritdoc cref="ImageSelection.Holdout"/>
    public double? Holdout { get; init; }

    /// <inheritdoc cref="ImageSelection.Seed"/>
    public uint Seed { get; init; }

    /// <inheritdoc cref="ImageSelection.EmptyClasses"/>
    public EmptyClasses EmptyClasses { get; init; }

    /// <inheritdoc cref="SourceOptions.ValLabels"/>
    public string? ValLabels { get; init; }

    /// <inheritdoc cref="SourceOptions.Coarse"/>
    public bool Coarse { get; init; }

    /// <inheritdoc cref="SourceOptions.ImageColumn"/>
    public string? ImageColumn { get; init; }

    /// <inheritdoc cref="SourceOptions.LabelColumn"/>
    public string? LabelColumn { get; init; }

    /// <inheritdoc cref="SourceOptions.ClassNames"/>
    public string? ClassNames { get; init; }

    /// <summary>Whether to rotate and mirror images as their EXIF orientation says.</summary>
    public bool Orient { get; init; }

    /// <summary>Whether to keep the encoded files instead of their pixels.</summary>
    public bool KeepJpeg { get; init; }

    /// <summary>Whether to accept images of more than 89 megapixels, of which a small file can take seconds to decode.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LargeImages { get; init; }

    /// <summary>Maximum size of a shard's pixels in bytes; null for 1 GiB.</summary>
    public long? ShardSize { get; init; }

    /// <summary>Which images of the source the dataset holds.</summary>
    [JsonIgnore]
    public ImageSelection Selection => new() { Classes = Classes, PerClass = PerClass, Holdout = Holdout, Seed = Seed, EmptyClasses = EmptyClasses };

    /// <summary>What the user says about the source.</summary>
    [JsonIgnore]
    public SourceOptions SourceOptions => new()
    {
        ValLabels = ValLabels,
        Coarse = Coarse,
        ImageColumn = ImageColumn,
        LabelColumn = LabelColumn,
        ClassNames = ClassNames,
    };

    /// <summary>What is wrong with the images, sizes and the keys that concern a source, by name as a recipe has them.</summary>
    public IEnumerable<string> SourceFailures()
    {
        foreach (var failure in Selection.Failures(key => $"dataset.{JsonNamingPolicy.CamelCase.ConvertName(key)}"))
        {
            yield return failure;
        }

        if (Demo is null)
        {
            foreach (var failure in PackSizes.Failures(Side, ShortSide, ShardSize, key => $"dataset.{JsonNamingPolicy.CamelCase.ConvertName(key)}"))
            {
                yield return failure;
            }
        }
        else if (Demo.Failure() is { } failure)
        {
            yield return $"dataset.demo: {failure}";
        }

        if (Source is null && (Selection != new ImageSelection() || SourceOptions != new SourceOptions() || Orient || KeepJpeg || LargeImages))
        {
            yield return "dataset has keys that only apply to a source ("
                + "classes, perClass, holdout, seed, emptyClasses, valLabels, coarse, imageColumn, labelColumn, classNames, orient, keepJpeg, largeImages). "
                + "Set dataset.source or remove them.";
        }
    }
}

/// <summary>Parameters of the synthetic images that <c>demo</c> generates.</summary>
public sealed record DemoImages
{
    /// <summary>Number of classes.</summary>
    public int Classes { get; init; } = 100;

    /// <summary>Number of training images.</summary>
    public int Train { get; init; } = 4000;

    /// <summary>Number of validation images.</summary>
    public int Test { get; init; } = 2000;

    /// <summary>Height and width in pixels.</summary>
    public int Side { get; init; } = 16;

    /// <summary>The same seed gives the same bytes.</summary>
    public uint Seed { get; init; }

    /// <summary>
    /// Standard deviation of the pixel noise of the hardest image, where brightness is 0 to 1; null for the demo's 0.26. The easiest has 0.10,
    /// and most are nearer to it. The higher it is, the more images differ in difficulty.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? Noise { get; init; }

    /// <summary>Name of the class with this label.</summary>
    public static string ClassName(int label) => string.Create(CultureInfo.InvariantCulture, $"class{label:D3}");

    /// <summary>Returns what is wrong with the parameters, starting with the parameter's name; null if they are valid.</summary>
    public string? Failure() => this switch
    {
        { Classes: not (>= 2 and <= 1000) } => $"classes must be between 2 and 1000 (it is {Classes}).",
        { Side: not (>= 8 and <= 1024) } => $"side must be between 8 and 1024 pixels (it is {Side}).",
        _ when Train < Classes => $"train must be at least {Classes}, one image per class (it is {Train}).",
        _ when Test < Classes => $"test must be at least {Classes}, one image per class (it is {Test}).",
        { Train: > DatasetCounts.MaxImages } or { Test: > DatasetCounts.MaxImages } =>
            $"train and test must be at most {DatasetCounts.MaxImages} (they are {Train} and {Test}).",
        { Noise: not (null or (>= 0.1 and <= 10)) } => string.Create(CultureInfo.InvariantCulture, $"noise must be between 0.1 and 10 (it is {Noise})."),
        _ => null,
    };

    /// <summary>Describes the images in one line, which datasets store as their source.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"demo images: {Classes} classes, {Train} train, {Test} test, side {Side}, seed {Seed}{(Noise is { } noise ? $", noise up to {noise}" : "")}");
}

/// <summary>Expected contents of a dataset, for planning before it exists.</summary>
public sealed record DatasetCounts
{
    /// <summary>Limit for planning, which creates a model with one output per class.</summary>
    public const int MaxClasses = 100_000;

    /// <summary>Limit per split for planning, which generates one label per image.</summary>
    public const int MaxImages = 20_000_000;

    /// <summary>Number of classes.</summary>
    public int Classes { get; init; }

    /// <summary>Number of training images.</summary>
    public int Train { get; init; }

    /// <summary>Number of validation images.</summary>
    public int Test { get; init; }
}
