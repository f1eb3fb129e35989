using Cgh.DataPrep.Browsing;
using Xunit;

namespace Cgh.DataPrep.Tests.Browsing;

public sealed class SampleChoiceTests
{
    [Theory]
    [InlineData(1000, 5, 20, 20)]
    [InlineData(20, 5, 20, 20)]
    [InlineData(10, 5, 10, 20)]
    [InlineData(3, 100, 3, 20)]
    [InlineData(3, 2, 3, 6)]
    [InlineData(7, 1, 7, 7)]
    [InlineData(1, 0, 0, 0)]
    public void Of_Classes_AsManyAsPossibleEvenly(int classes, int perClass, int shownClasses, int shown)
    {
        var positions = Enumerable.Range(1000, classes * perClass).ToArray();

        var chosen = SampleChoice.Of(positions, Label, 20);

        Assert.Equal(shown, chosen.Count);
        Assert.Equal(chosen.Order().Distinct(), chosen);
        var byClass = chosen.CountBy(Label).Select(count => count.Value).ToList();
        Assert.Equal(shownClasses, byClass.Count);
        Assert.True(byClass.DefaultIfEmpty().Max() - byClass.DefaultIfEmpty().Min() <= 1);

        int Label(int position) => (position - 1000) / perClass;
    }

    [Fact]
    public void Of_ImagesOfAClass_AreSpreadOverIt() =>
        Assert.Equal([0, 25, 50, 75], SampleChoice.Of(Enumerable.Range(0, 100).ToArray(), _ => 0, 4));
}
