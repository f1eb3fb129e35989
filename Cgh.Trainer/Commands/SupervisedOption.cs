using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Cgh.Trainer.Commands;

internal static class SupervisedOption
{
    private const string Name = "--supervised";

    /// <summary>Of all that an attempt and its supervisor say to each other.</summary>
    public static Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Takes <see cref="Encoding"/> for the standard streams of a supervised attempt. To be called before they are used.</summary>
    public static void BeginStreams(IEnumerable<string> args)
    {
        if (!args.Contains(Name))
        {
            return;
        }

        // Not through Console.OutputEncoding: on Windows that is the terminal's, which others share.
        Console.SetIn(new StreamReader(Console.OpenStandardInput(), Encoding));
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput(), Encoding) { AutoFlush = true });
        Console.SetError(new StreamWriter(Console.OpenStandardError(), Encoding) { AutoFlush = true });
    }

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

    public static Option<bool> Create() => new(Name)
    {
        Description = "For a program that runs this one: events as JSON lines on standard output; a line 'cancel' or 'pause' on standard input does that, its end interrupts.",
    };
}
