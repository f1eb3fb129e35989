namespace Cgh.Core.Datasets;

/// <summary>How classes are shown wherever a person reads them. Files and options have the names alone.</summary>
public static class ClassText
{
    /// <summary>Returns a class with its readable name, such as <c>n01440764 (tench)</c>; the name alone if there is no other.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="readable">Its name in a mapping file, if the source has one.</param>
    public static string Of(string name, string? readable) => string.IsNullOrWhiteSpace(readable) || readable == name ? name : $"{name} ({readable})";

    /// <summary>Returns all classes of a dataset, in the order of the labels.</summary>
    public static IReadOnlyList<string> All(DatasetManifest manifest) =>
        [.. manifest.Classes.Select((name, label) => Of(name, manifest.ClassNames?.ElementAtOrDefault(label)))];
}
