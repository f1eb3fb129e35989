using Cgh.DataPrep.Commands;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class HelpTests
{
    [Fact]
    public void Help_Examples_AreValidCommandLines()
    {
        var examples = HelpExamples.Parse(DataPrepRoot.Create(), "Cgh.DataPrep");

        // So that none is overlooked.
        Assert.Equal(26, examples.Count);
        Assert.All(examples, example => Assert.Empty(example.Errors.Select(error => $"{example}: {error.Message}")));
    }
}
