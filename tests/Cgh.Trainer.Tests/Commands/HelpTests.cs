using Cgh.Trainer.Commands;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class HelpTests
{
    [Fact]
    public void Help_Examples_AreValidCommandLines()
    {
        var examples = HelpExamples.Parse(TrainerRoot.Create(), "Cgh.Trainer");

        // So that none is overlooked.
        Assert.Equal(30, examples.Count);
        Assert.All(examples, example => Assert.Empty(example.Errors.Select(error => $"{example}: {error.Message}")));
    }

    [Fact]
    public void Help_CommandWithSubcommands_ListsTheirFirstSentences()
    {
        var (exitCode, output, _) = TrainerProcess.Run("model", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("import <FILE>", output);
        Assert.DoesNotContain("Example", output);
    }

    [Fact]
    public void Help_Train_HidesTheOptionsOfTheSupervisor()
    {
        var (exitCode, output, _) = TrainerProcess.Run("train", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("--out <DIR>", output);
        Assert.DoesNotContain("--supervised", output);
        Assert.DoesNotContain("--attempt", output);
    }
}
