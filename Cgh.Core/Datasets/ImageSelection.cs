using System.Globalization;

namespace Cgh.Core.Datasets;

/// <summary>What happens to a class without images.</summary>
public enum EmptyClasses
{
    /// <summary>Packing fails and names the class.</summary>
    Refuse,

    /// <summary>The class keeps its label and has no images.</summary>
    Keep,

    /// <summary>The class is left out; later classes get the labels before theirs.</summary>
    Drop,
}

/// <summary>Which images of a source a dataset holds, and how they are split.</summary>
public sealed record ImageSelection
{
    /// <summary>Share of a source's images that become the validation split if the source has none and <see cref="Holdout"/> is not given.</summary>
    public const double DefaultHoldout = 0.1;

    /// <summary>Use the first so many classes; null for all.</summary>
    public int? Classes { get; init; }

    /// <summary>Use the first so many images of each class, in each split; null for all.</summary>
    public int? PerClass { get; init; }

    /// <summary>Share of each class that is drawn for validation; null if the source has validation images, or for <see cref="DefaultHoldout"/>.</summary>
    public double? Holdout { get; init; }

    /// <summary>Seed of the draw.</summary>
    public uint Seed { get; init; }

    /// <summary>What happens to a class without images.</summary>
    public EmptyClasses EmptyClasses { get; init; }

    /// <summary>A clause such as "the first 100 classes; 10% held out for val, seed 0", or "all images".</summary>
    public string Describe()
    {
        string?[] parts =
        [
            Classes is { } classes ? $"the first {classes} classes" : null,
            PerClass is { } perClass ? $"the first {perClass} images per class and split" : null,
            Holdout is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.##}% held out for val, seed {Seed}") : null,
            EmptyClasses == EmptyClasses.Refuse ? null : $"empty classes: {EmptyClasses.ToString().ToLowerInvariant()}",
        ];
        return parts.Any(part => part is not null) ? string.Join("; ", parts.OfType<string>()) : "all images";
    }

    /// <summary>What is wrong with the values.</summary>
    /// <param name="shown">Returns the name of a property as the user wrote it, such as <c>--per-class</c>.</param>
    public IEnumerable<string> Failures(Func<string, string> shown)
    {
        if (Classes < 2)
        {
            yield return $"{shown(nameof(Classes))} must be at least 2 (it is {Classes}): a model learns to tell classes apart.";
        }

        if (PerClass < 1)
        {
            yield return $"{shown(nameof(PerClass))} must be at least 1 (it is {PerClass}).";
        }

        if (Holdout is { } share && !(share is > 0 and < 1))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{shown(nameof(Holdout))} must be between 0 and 1, both excluded (it is {share}): a dataset needs images for training and for testing.");
        }
    }
}
