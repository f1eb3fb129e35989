using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>What is packed, and which mistakes are found in the list of a source.</summary>
public sealed class PackPlannerTests
{
    private static readonly string[] s_classes = ["a", "b", "c"];
    private static readonly int[] s_train = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    private static readonly int[] s_val = [0, 0, 1, 1, 2, 2];

    [Fact]
    public void Make_NoSelection_TakesEveryImage()
    {
        var plan = Plan(s_train, s_val);

        Assert.Equal(Enumerable.Range(0, 9), plan.Positions(Split.Train).ToArray());
        Assert.Equal(Enumerable.Range(9, 6), plan.Positions(Split.Val).ToArray());
        Assert.Equal(new ImageSelection(), plan.Selection);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void Make_ClassesAndPerClass_TakesTheFirstOfEachInBothSplits()
    {
        var plan = Plan(s_train, s_val, new ImageSelection { Classes = 2, PerClass = 1 });

        Assert.Equal(["a", "b"], plan.Classes);
        Assert.Equal([0, 3], plan.Positions(Split.Train).ToArray());
        Assert.Equal([9, 11], plan.Positions(Split.Val).ToArray());
    }

    [Fact]
    public void Make_EmptyClassDropped_ShiftsTheLabelsAfterIt()
    {
        var plan = Plan([0, 0, 2], [0, 2], new ImageSelection { EmptyClasses = EmptyClasses.Drop });

        Assert.Equal(["a", "c"], plan.Classes);
        Assert.Equal([0, 0, 1], plan.Positions(Split.Train).ToArray().Select(plan.LabelAt));
    }

    [Fact]
    public void Make_EmptyClassKept_KeepsTheLabels()
    {
        var plan = Plan([0, 0, 2], [0, 2], new ImageSelection { EmptyClasses = EmptyClasses.Keep });

        Assert.Equal(s_classes, plan.Classes);
        Assert.Equal([0, 0, 2], plan.Positions(Split.Train).ToArray().Select(plan.LabelAt));
    }

    // The draw of NumPy: r = RandomState(3); r.permutation(10)[:2], r.permutation(10)[:2].
    [Fact]
    public void Make_Holdout_DrawsFromEachClassAsDocumented()
    {
        var train = Enumerable.Repeat(0, 10).Concat(Enumerable.Repeat(1, 10)).ToArray();

        var plan = Plan(train, [], new ImageSelection { Holdout = 0.2, Seed = 3 }, "a", "b");

        Assert.Equal(NumPyDraw, plan.Positions(Split.Val).ToArray());
        Assert.Equal(Enumerable.Range(0, 20).Except(NumPyDraw), plan.Positions(Split.Train).ToArray());
    }

    private static int[] NumPyDraw => [4, 5, 13, 18];

    [Fact]
    public void Make_NoValidationImages_HoldsOutATenth()
    {
        var plan = Plan([.. Enumerable.Range(0, 60).Select(i => i % 3)], []);

        Assert.Equal(new ImageSelection { Holdout = 0.1 }, plan.Selection);
        Assert.Equal([2, 2, 2], plan.Positions(Split.Val).ToArray().CountBy(plan.LabelAt).OrderBy(count => count.Key).Select(count => count.Value));
    }

    [Fact]
    public void Make_HoldoutOfSmallClasses_TakesOneOfTwoAndNoneOfOne()
    {
        var plan = Plan([0, 0, 1, 2, 2, 2], [], new ImageSelection { Holdout = 0.01 });

        Assert.Equal([0, 2], plan.Positions(Split.Val).ToArray().Select(plan.LabelAt));
        Assert.Equal(["Class 'b' has no validation images."], plan.Warnings);
    }

    [Fact]
    public void Make_HoldoutAndPerClass_KeepsTheSplitOfTheWholeDataset()
    {
        int[] train = [.. Enumerable.Range(0, 90).Select(i => i % 3)];

        var whole = Plan(train, [], new ImageSelection { Holdout = 0.3, Seed = 1 });
        var trial = Plan(train, [], new ImageSelection { Holdout = 0.3, Seed = 1, Classes = 2, PerClass = 4 });

        Assert.Subset(whole.Positions(Split.Val).ToArray().ToHashSet(), trial.Positions(Split.Val).ToArray().ToHashSet());
        Assert.Subset(whole.Positions(Split.Train).ToArray().ToHashSet(), trial.Positions(Split.Train).ToArray().ToHashSet());
        Assert.Equal((8, 8), (trial.Positions(Split.Train).Length, trial.Positions(Split.Val).Length));
    }

    [Fact]
    public void Make_ClassAHundredTimesLarger_WarnsWithBothNames()
    {
        var plan = Plan([.. Enumerable.Repeat(0, 1200), .. Enumerable.Repeat(1, 12), 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], s_val);

        Assert.Equal(["Class 'a' has 1,200 training images, 'c' has 11."], plan.Warnings);
    }

    [Fact]
    public void Make_HoldoutOfASourceWithVal_IsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => Plan(s_train, s_val, new ImageSelection { Holdout = 0.1 }));

        Assert.Equal(
            (2, "/source has 6 validation images, so none are held out of its training images. Remove --holdout and --seed."), (error.ExitCode, error.Message));
    }

    [Fact]
    public void Make_MoreClassesThanThereAre_IsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => Plan(s_train, s_val, new ImageSelection { Classes = 4 }));

        Assert.Equal((2, "/source has 3 classes, so that it cannot give 4. Lower --classes."), (error.ExitCode, error.Message));
    }

    [Theory]
    [InlineData(
        new[] { 0, 0 }, new[] { 0, 0 },
        "/source: 2 classes, 'b', 'c', have no images. Add some, or keep or drop such classes with --empty-classes.",
        "a", "b", "c")]
    [InlineData(new int[0], new[] { 0, 1 }, "/source holds only validation images. A dataset needs images for training (train), too.", "a", "b")]
    [InlineData(new[] { 0, 1 }, new int[0], "/source: no class has two images, so that none can be held out for validation.", "a", "b")]
    [InlineData(
        new[] { 0, 1 }, new[] { 0, 1, 2 },
        "/source: class 'c' has images in val but none in train. Add training images, or leave the class out of val.",
        "a", "b", "c")]
    [InlineData(
        new[] { 2, 3, 3 }, new[] { 0, 1 },
        "/source: the classes of val are numbers ('0', '1'), and those of train are names ('n01440764', 'n01443537'). "
            + "Use the names of train in val, too: for its folders, or for the labels in its table.",
        "0", "1", "n01440764", "n01443537")]
    [InlineData(
        new[] { 0, 0, 0 }, new[] { 0 },
        "/source: all 3 training images have the same class, 'train'. Pack the folder that holds the class folders.",
        "train")]
    public void Make_Mistake_IsNamed(int[] train, int[] val, string message, params string[] classes)
    {
        var error = Assert.Throws<UserErrorException>(() => Plan(train, val, new ImageSelection(), classes));

        Assert.Equal(message, error.Message);
    }

    private static PackPlan Plan(int[] train, int[] val, ImageSelection? selection = null, params string[] classes)
    {
        using var source = new ListedSource(classes.Length > 0 ? classes : s_classes, train, val);
        return PackPlanner.Make(source, new PackOptions { Selection = selection ?? new ImageSelection() });
    }
}
