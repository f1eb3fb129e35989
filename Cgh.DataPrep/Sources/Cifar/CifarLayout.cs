namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>One of the four forms in which CIFAR-10 and CIFAR-100 are distributed.</summary>
internal sealed record CifarLayout
{
    public required string Set { get; init; }

    public required string Form { get; init; }

    /// <summary>Folder in the archive; also what it is unpacked to.</summary>
    public required string Folder { get; init; }

    public required IReadOnlyList<string> Train { get; init; }

    public required string Test { get; init; }

    /// <summary>Whether the files are pickles.</summary>
    public bool IsPickle { get; init; }

    /// <summary>The labels of an image, in the order in which the binary form has them.</summary>
    public required IReadOnlyList<CifarLabels> Labels { get; init; }

    /// <summary>Every layout. A set's Python form comes first.</summary>
    public static IReadOnlyList<CifarLayout> All { get; } =
    [
        new()
        {
            Set = "CIFAR-10",
            Form = "Python",
            Folder = "cifar-10-batches-py",
            Train = [.. Enumerable.Range(1, 5).Select(batch => $"data_batch_{batch}")],
            Test = "test_batch",
            IsPickle = true,
            Labels = [new("labels", 10, "batches.meta", "label_names")],
        },
        new()
        {
            Set = "CIFAR-10",
            Form = "binary",
            Folder = "cifar-10-batches-bin",
            Train = [.. Enumerable.Range(1, 5).Select(batch => $"data_batch_{batch}.bin")],
            Test = "test_batch.bin",
            Labels = [new("labels", 10, "batches.meta.txt", "")],
        },
        new()
        {
            Set = "CIFAR-100",
            Form = "Python",
            Folder = "cifar-100-python",
            Train = ["train"],
            Test = "test",
            IsPickle = true,
            Labels = [new("coarse_labels", 20, "meta", "coarse_label_names"), new("fine_labels", 100, "meta", "fine_label_names")],
        },
        new()
        {
            Set = "CIFAR-100",
            Form = "binary",
            Folder = "cifar-100-binary",
            Train = ["train.bin"],
            Test = "test.bin",
            Labels = [new("coarse_labels", 20, "coarse_label_names.txt", ""), new("fine_labels", 100, "fine_label_names.txt", "")],
        },
    ];

    /// <summary>Name of the archive as downloaded.</summary>
    public string Archive => $"{(Set == "CIFAR-10" ? "cifar-10" : "cifar-100")}-{Form.ToLowerInvariant()}.tar.gz";

    /// <summary>Names of the files with images, training first.</summary>
    public IEnumerable<string> ImageFiles => Train.Append(Test);

    /// <summary>Names of all files that are read.</summary>
    public IEnumerable<string> Files => ImageFiles.Concat(Labels.Select(labels => labels.NamesFile)).Distinct();
}

/// <summary>A kind of label.</summary>
/// <param name="Key">Its key in a pickle.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="NamesFile">File with the classes' names.</param>
/// <param name="NamesKey">Key of the names in a pickle.</param>
internal sealed record CifarLabels(string Key, int Classes, string NamesFile, string NamesKey);
