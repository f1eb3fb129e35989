using System.CommandLine;
using System.Globalization;

namespace Cgh.Trainer.Commands;

internal static class SupervisedOption
{
    public static Option<int?> CreateAttempt() => new("--attempt")
    {
        Description = "For a program that runs this one: the attempt's number. It takes the folder from an older attempt, and leaves it to a newer one.",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var given] && !(int.TryParse(given.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
                {
                    result.AddError($"--attempt must be a whole number above 0 (it is '{given.Value}').");
                }
            },
        },
    };

    public static Option<bool> Create() => new("--supervised")
    {
        Description = "For a program that runs this one: events as JSON lines on standard output; a line 'cancel' or 'pause' on standard input does that, its end interrupts.",
    };
}
