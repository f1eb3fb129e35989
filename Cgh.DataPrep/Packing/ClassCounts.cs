using System.Globalization;
using Cgh.Core;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Numbers of images by class and split, and what they say about mistakes in a source.</summary>
internal sealed class ClassCounts
{
    // From here on, a class this much larger than another one is worth a line.
    private const int LargeRatio = 100;

    private const int MaxNames = 3;

    private readonly SourceInfo _info;
    private readonly int[] _train;
    private readonly int[] _val;

    public ClassCounts(IImageSource source, IReadOnlyList<int> train, IReadOnlyList<int> val)
    {
        _info = source.Info;
        _train = Count(source.Images, train, _info.Classes.Count);
        _val = Count(source.Images, val, _info.Classes.Count);
    }

    public string Source => _info.Path;

    public int Classes => _info.Classes.Count;

    public bool IsEmpty(int label) => _train[label] + _val[label] == 0;

    /// <exception cref="UserErrorException">One of the classes has no images.</exception>
    public void RefuseEmpty(IReadOnlyList<int> classes)
    {
        if (classes.Where(IsEmpty).ToList() is { Count: > 0 } empty)
        {
            throw new UserErrorException(
                $"{Source}: {Having(empty)} no images. Add some, or keep or drop such classes with --empty-classes.");
        }
    }

    /// <exception cref="UserErrorException">There is nothing to train on, or the classes of train and val do not fit each other.</exception>
    public void RefuseMistakes(IReadOnlyList<int> classes)
    {
        if (classes.Sum(label => _train[label]) == 0)
        {
            throw new UserErrorException(classes.Sum(label => _val[label]) == 0
                ? $"{Source} holds no labelled images."
                : $"{Source} holds only validation images. A dataset needs images for training (train), too.");
        }

        if (classes.Sum(label => _val[label]) == 0)
        {
            throw new UserErrorException($"{Source}: no class has two images, so that none can be held out for validation.");
        }

        var onlyVal = classes.Where(label => _train[label] == 0 && _val[label] > 0).ToList();
        if (onlyVal.Count > 0)
        {
            var onlyTrain = classes.Where(label => _val[label] == 0 && _train[label] > 0).ToList();
            throw new UserErrorException(AreNumbers(onlyVal) && onlyTrain.Count > 0 && !AreNumbers(onlyTrain)
                ? $"{Source}: the classes of val are numbers ({Names(onlyVal)}), and those of train are names ({Names(onlyTrain)}). "
                    + "Use the names of train in val, too: for its folders, or for the labels in its table."
                : $"{Source}: {Having(onlyVal)} images in val but none in train. Add training images, or leave the class out of val.");
        }

        if (classes.Where(label => _train[label] > 0).ToList() is [var only])
        {
            throw new UserErrorException(
                $"{Source}: all {_train[only]} training images have the same class, '{_info.Classes[only]}'. Pack the folder that holds the class folders.");
        }
    }

    /// <summary>What may be a mistake, a sentence for each.</summary>
    public IEnumerable<string> Warnings(IReadOnlyList<int> classes)
    {
        if (classes.Where(label => _train[label] > 0 && _val[label] == 0).ToList() is { Count: > 0 } onlyTrain)
        {
            yield return $"{Having(onlyTrain, "Class")} no validation images.";
        }

        var sizes = classes.Where(label => _train[label] > 0).OrderBy(label => _train[label]).ToList();
        if (sizes is [var smallest, .., var largest] && _train[largest] >= LargeRatio * (long)_train[smallest])
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Class '{_info.Classes[largest]}' has {_train[largest]:N0} training images, '{_info.Classes[smallest]}' has {_train[smallest]:N0}.");
        }
    }

    private static int[] Count(ImageList images, IReadOnlyList<int> positions, int classes)
    {
        var counts = new int[classes];
        foreach (var position in positions)
        {
            counts[images.LabelAt(position)]++;
        }

        return counts;
    }

    private bool AreNumbers(IEnumerable<int> labels) => labels.All(label => _info.Classes[label].All(char.IsAsciiDigit));

    // The subject of a sentence.
    private string Having(IReadOnlyList<int> labels, string word = "class") =>
        labels is [var single] ? $"{word} '{_info.Classes[single]}' has" : $"{labels.Count} classes, {Names(labels)}, have";

    private string Names(IReadOnlyList<int> labels) =>
        string.Join(", ", labels.Take(MaxNames).Select(label => $"'{_info.Classes[label]}'")) + (labels.Count > MaxNames ? ", ..." : "");
}
