using System.CommandLine;
using Cgh.Client.Commands;

const string Program = "cgh";
const string Help = """
    Submits experiments to the services, follows their progress and writes reports. To train on this machine, use Cgh.Trainer.

    Services:          submit, status, watch, cancel, pause, resume
    This machine:      plan, report
    """;

var root = new RootCommand(Help)
{
    PlanCommand.Create(Program),
    SubmitCommand.Create(Program),
    StatusCommand.Create(Program),
    StatusCommand.CreateWatch(Program),
    RunCommands.Cancel(Program, "resume"),
    RunCommands.Pause(Program, "resume"),
    RunCommands.Resume(Program),
    ReportCommand.Create(Program),
};
return await Cgh.Core.CommandLine.RunAsync(root, args);
