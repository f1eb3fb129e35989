using Cgh.Client.Commands;

namespace Cgh.Client.Tests;

public sealed class HelpTests
{
    [Fact]
    public void Help_Examples_AreValidCommandLines()
    {
        var examples = HelpExamples.Parse(ClientRoot.Create(), "cgh");

        // So that none is overlooked.
        Assert.Equal(17, examples.Count);
        Assert.All(examples, example => Assert.Empty(example.Errors.Select(error => $"{example}: {error.Message}")));
    }
}
