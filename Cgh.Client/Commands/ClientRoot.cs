using System.CommandLine;

namespace Cgh.Client.Commands;

/// <summary>The command line of <c>cgh</c>.</summary>
internal static class ClientRoot
{
    private const string Program = "cgh";
    private const string Help = """
        Submits experiments to the services, follows their progress and writes reports. To train on this machine, use Cgh.Trainer.

        Services:          submit, status, watch, cancel, pause, resume
        This machine:      plan, report
        """;

    public static RootCommand Create() => new(Help)
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
}
