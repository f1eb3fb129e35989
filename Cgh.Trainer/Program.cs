using System.CommandLine;
using Cgh.Client.Commands;
using Cgh.Trainer.Commands;
using Cgh.Trainer.Native;
using Cgh.Trainer.Planning;

const string Name = "Cgh.Trainer";
const string Help = """
    Trains networks with SGD, RA3, RM3, M3 and other update rules and measures how much each memorizes random labels.

    This machine:           train, resume, report, plan, model, median
    Run as a service:       serve
    Control the services:   submit, status, cancel, pause, requeue
    """;

var root = new RootCommand(Help)
{
    TrainCommand.Create(),
    ResumeCommand.Create(),
    ReportCommand.Create(Name),
    PlanCommand.Create(Name, new TorchMeasurement()),
    ModelCommand.Create(),
    MedianCommand.Create(),
    ServeTrainerCommand.Create(),
    SubmitCommand.Create(Name),
    StatusCommand.Create(Name),
    RunCommands.Cancel(Name),
    RunCommands.Pause(Name),
    RunCommands.Requeue(Name),
};
SupervisedOption.BeginStreams(args);
return MainThread.Serve(() => Cgh.Core.CommandLine.RunAsync(root, args));
