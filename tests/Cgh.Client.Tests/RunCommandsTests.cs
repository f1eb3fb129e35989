using System.CommandLine;
using Cgh.Client.Commands;

namespace Cgh.Client.Tests;

public sealed class RunCommandsTests
{
    // Trainer and client name the same command differently: the trainer's resume trains on this machine.
    [Fact]
    public void Help_OfEachProgram_NamesItsOwnCommandToContinue()
    {
        Command[] client = [RunCommands.Cancel("cgh", "resume"), RunCommands.Pause("cgh", "resume"), RunCommands.Resume("cgh")];
        Command[] trainer = [RunCommands.Cancel("Cgh.Trainer"), RunCommands.Pause("Cgh.Trainer"), RunCommands.Requeue("Cgh.Trainer")];

        Assert.All(client, command => Assert.DoesNotContain("requeue", command.Description));
        Assert.All(client[..2], command => Assert.Contains("'resume'", command.Description));
        Assert.All(trainer[..2], command => Assert.Contains("'requeue'", command.Description));
    }
}
