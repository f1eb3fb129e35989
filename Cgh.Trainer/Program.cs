using System.CommandLine;
using Cgh.Trainer.Commands;
using Cgh.Trainer.Training;

const string Help = """
    Trains networks with SGD, RA3, RM3 or M3 and shows who memorizes: labels that were randomised, against those that were not.

    On this machine:        train, resume, report
    As one of the services: serve
    Orders to the services: submit, status, cancel, pause, requeue
    """;

var root = new RootCommand(Help)
{
    TrainCommand.Create(),
    ResumeCommand.Create(),
    ReportCommand.Create(),
    PlanCommand.Create(),
    ModelCommand.Create(),
    MedianCommand.Create(),
    ServeCommand.Create(),
    SubmitCommand.Create(),
    StatusCommand.Create(),
    OrderCommands.Cancel(),
    OrderCommands.Pause(),
    OrderCommands.Requeue(),
};
return MainThread.Serve(() => Cgh.ServiceDefaults.CommandLine.RunAsync(root, args));
