using System.CommandLine;
using Cgh.Trainer.Commands;

var root = new RootCommand("Trains networks with SGD, RA3, RM3 or M3 and shows who memorizes: labels that were randomised, against those that were not.")
{
    TrainCommand.Create(),
    ResumeCommand.Create(),
    ReportCommand.Create(),
    ServeCommand.Create(),
};
return await Cgh.ServiceDefaults.CommandLine.RunAsync(root, args);
