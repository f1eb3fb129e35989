using Xunit;

namespace Cgh.Core.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] s_rules = ["sgd", "ra3", "rm3", "m3"];

    [Theory]
    [InlineData("rm4", "rm3")]
    [InlineData("RM3x", "rm3")]
    [InlineData("sg", "sgd")]
    [InlineData("m", "m3")]
    [InlineData("gsd", "sgd")]
    public void Suggest_CloseName_SuggestsIt(string given, string meant) =>
        Assert.Equal($" Did you mean '{meant}'?", NearestName.Suggest(given, s_rules));

    [Fact]
    public void Suggest_NoCloseName_ListsAllNames() =>
        Assert.Equal(" Expected one of: sgd, ra3, rm3, m3.", NearestName.Suggest("adamw-with-warmup", s_rules));

    [Fact]
    public void Suggest_MoreThanAThirdDiffers_ListsAllNames() =>
        Assert.Equal(" Expected one of: global.json.", NearestName.Suggest("nofile.json", ["global.json"]));

    [Fact]
    public void Suggest_Format_AppliesToTheNamesInTheMessage() =>
        Assert.Equal(" Did you mean 'recipes/demo.json'?", NearestName.Suggest("demo.jsn", ["demo.json"], name => $"recipes/{name}"));

    [Fact]
    public void Suggest_LongNameWithTypos_SuggestsIt() =>
        Assert.Equal(" Did you mean 'learningRate'?", NearestName.Suggest("lerningrate", ["learningRate", "batchSize", "momentum"]));
}
