using System.CommandLine;

namespace Cgh.Trainer.Commands;

internal static class SupervisedOption
{
    public static Option<bool> Create() => new("--supervised")
    {
        Description = "For a program that runs this one: events as JSON lines on standard output; a line 'cancel' on standard input cancels, its end interrupts.",
    };
}
