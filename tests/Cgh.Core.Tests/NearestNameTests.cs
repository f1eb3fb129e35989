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
    public void Suggest_CloseName_SuggestsIt(string given, string meant) =>
        Assert.Equal($" Did you mean '{meant}'?", NearestName.Suggest(given, s_rules));

    [Fact]
    public void Suggest_NoCloseName_ListsAllNames() =>
        Assert.Equal(" Expected one of: sgd, ra3, rm3, m3.", NearestName.Suggest("adamw-with-warmup", s_rules));

    [Fact]
    public void Suggest_LongNameWithTypos_SuggestsIt() =>
        Assert.Equal(" Did you mean 'learningRate'?", NearestName.Suggest("lerningrate", ["learningRate", "batchSize", "momentum"]));
}
