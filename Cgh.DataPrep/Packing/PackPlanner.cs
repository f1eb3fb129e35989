using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Decides from the list of a source which images are packed, and finds mistakes that would otherwise show after training.</summary>
internal static class PackPlanner
{
    /// <exception cref="UserErrorException">The options do not fit the source, or its classes or splits are not as training needs them.</exception>
    public static PackPlan Make(IImageSource source, PackOptions options)
    {
        var selection = EffectiveSelection(source, options.Selection);
        var (train, val) = Splits(source.Images, selection);
        var counts = new ClassCounts(source, train, val);
        var classes = SelectClasses(counts, selection);
        counts.RefuseMistakes(classes);
        train = Select(source.Images, train, classes, selection.PerClass);
        val = Select(source.Images, val, classes, selection.PerClass);
        return new PackPlan(source, classes, train, val, selection, Capacity(options))
        {
            Warnings = [.. new ClassCounts(source, train, val).Warnings(classes)],
        };
    }

    private static ImageSelection EffectiveSelection(IImageSource source, ImageSelection selection)
    {
        var val = source.Images.CountOf(Split.Val);
        if (val > 0 && (selection.Holdout is not null || selection.Seed != 0))
        {
            throw UserErrorException.Usage(
                $"{source.Info.Path} has {val} validation images, so none are held out of its training images. Remove --holdout and --seed.");
        }

        return val > 0 ? selection : selection with { Holdout = selection.Holdout ?? ImageSelection.DefaultHoldout };
    }

    private static (int[] Train, int[] Val) Splits(ImageList images, ImageSelection selection)
    {
        var train = images.PositionsOf(Split.Train).ToArray();
        if (selection.Holdout is not { } share)
        {
            return (train, [.. images.PositionsOf(Split.Val)]);
        }

        var isHeldOut = Holdout.Draw([.. train.Select(images.LabelAt)], share, selection.Seed);
        return ([.. train.Where((_, i) => !isHeldOut[i])], [.. train.Where((_, i) => isHeldOut[i])]);
    }

    private static int[] SelectClasses(ClassCounts counts, ImageSelection selection)
    {
        var classes = Enumerable.Range(0, counts.Classes).ToArray();
        if (selection.EmptyClasses == EmptyClasses.Drop)
        {
            classes = [.. classes.Where(label => !counts.IsEmpty(label))];
        }

        if (selection.Classes > classes.Length)
        {
            throw UserErrorException.Usage($"{counts.Source} has {classes.Length} classes, so that it cannot give {selection.Classes}. Lower --classes.");
        }

        classes = [.. classes.Take(selection.Classes ?? classes.Length)];
        if (selection.EmptyClasses == EmptyClasses.Refuse)
        {
            counts.RefuseEmpty(classes);
        }

        return classes;
    }

    // The first images of each class, so that a trial is a part of the whole dataset: no image is in train here and in val there.
    private static int[] Select(ImageList images, int[] positions, int[] classes, int? perClass)
    {
        var left = new int[classes.Max() + 1];
        foreach (var label in classes)
        {
            left[label] = perClass ?? int.MaxValue;
        }

        return [.. positions.Where(position => images.LabelAt(position) is var label && label < left.Length && left[label]-- > 0)];
    }

    // As many as fit into ShardBytes as pixels, whatever the encoding: only that is known before an image has been read.
    private static int Capacity(PackOptions options) => (int)Math.Clamp(options.ShardBytes / (options.Side * options.Side * 3L), 1, 100_000_000);
}
