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
        Hidden = true,
        Description = "Number of the attempt, for a supervising program. The attempt takes over the folder from an older attempt and yields it to a newer one.",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var given]
                    && !(int.TryParse(given.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
                {
                    result.AddError($"--attempt must be an integer above 0 (got '{given.Value}').");
                }
            },
        },
    };

    public static Option<bool> Create() => new(Name)
    {
        Hidden = true,
        Description = "Write events as JSON lines to standard output, for a supervising program. A line 'cancel' or 'pause' on standard input stops the run; "
            + "the end of standard input interrupts it.",
    };
}
