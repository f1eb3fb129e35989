using System.CommandLine;
using Cgh.Client.Commands;
using Cgh.Trainer.Planning;

namespace Cgh.Trainer.Commands;

/// <summary>The command line of <c>Cgh.Trainer</c>.</summary>
internal static class TrainerRoot
{
    private const string Program = "Cgh.Trainer";
    private const string Help = """
        Trains networks with SGD, RA3, RM3, M3 and other update rules and measures how much each memorizes random labels.

        This machine:           train, resume, split, report, learning, labels, plan, model, median
        Run as a service:       serve
        Control the services:   submit, status, watch, cancel, pause, requeue
        """;

    public static RootCommand Create() => new(Help)
    {
        TrainCommand.Create(),
        ResumeCommand.Create(),
        SplitCommand.Create(),
        ReportCommand.Create(Program),
        PlanCommand.Create(Program, new TorchMeasurement()),
        LearningCommand.Create(),
        LabelsCommand.Create(),
        ModelCommand.Create(),
        MedianCommand.Create(),
        ServeTrainerCommand.Create(),
        SubmitCommand.Create(Program),
        StatusCommand.Create(Program),
        StatusCommand.CreateWatch(Program),
        RunCommands.Cancel(Program),
        RunCommands.Pause(Program),
        RunCommands.Requeue(Program),
    };
}
