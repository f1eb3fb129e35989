using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Charts;

public sealed class PaletteTests
{
    [Theory]
    [InlineData("sgd", 0)]
    [InlineData("rm3", 1)]
    [InlineData("unheard-of", 0)]
    public void Of_Run_IsItsPlaceInTheRecipe(string run, int expected) => Assert.Equal(expected, Palette.Of(Samples.Recipe, run));
}
