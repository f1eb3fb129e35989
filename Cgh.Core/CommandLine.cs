using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Core;

/// <summary>How every command line of the product parses, fails and ends.</summary>
public static class CommandLine
{
    /// <summary>Set to 1 to see the stack trace behind an error.</summary>
    public const string TraceVariable = "CGH_TRACE";

    // The default of 2 seconds would cut a trainer off while it writes the checkpoint of a large model.
    private static readonly TimeSpan s_timeToStop = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Runs the command. An error is one line on standard error: 2 for a wrong command line, 1 for a failure,
    /// 130 when interrupted.
    /// </summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        if (root.Options.OfType<HelpOption>().SingleOrDefault() is { Action: SynchronousCommandLineAction help } option)
        {
            option.Action = new ShortList(root, help);
        }

        var parsed = root.Parse(args);
        if (parsed.Errors is [var first, ..] && parsed.Action is ParseErrorAction)
        {
            return Fail($"{Explain(parsed, first)} Try --help.", exitCode: 2, error: null);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = s_timeToStop });
        }
        catch (UserErrorException error)
        {
            return Fail(error.Message, error.ExitCode, error);
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(AtomicFile.FirstLine(error), exitCode: 1, error);
        }
        catch (Exception error)
        {
            return Fail($"Unexpected {error.GetType().Name}: {AtomicFile.FirstLine(error)} Set {TraceVariable}=1 to see where, and please report it.", exitCode: 1, error);
        }
    }

    /// <summary>
    /// Reads a number with a decimal point. The library's own reading takes a comma as a thousands separator: 0,1 would be 1.
    /// </summary>
    public static double ParseNumber(ArgumentResult result)
    {
        var given = result.Tokens.Single().Value;
        if (!double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            result.AddError($"'{given}' is not a number. Write it with a decimal point, such as 0.5.");
        }

        return number;
    }

    /// <summary>Refuses whole numbers outside of the limits; what is no number is refused by the parser.</summary>
    public static Option<int> MustLieBetween(this Option<int> option, int least, int most = int.MaxValue)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) && (given < least || given > most))
            {
                result.AddError(most == int.MaxValue ? $"{option.Name} must be at least {least} (it is {given})." : $"{option.Name} must lie between {least} and {most} (it is {given}).");
            }
        });
        return option;
    }

    private static string FirstSentence(string description)
    {
        var line = description.AsSpan();
        var end = line.IndexOf(". ");
        var stop = line.IndexOf(".\n");
        end = end < 0 ? stop : stop < 0 ? end : Math.Min(end, stop);
        return (end < 0 ? line : line[..(end + 1)]).ToString().ReplaceLineEndings(" ");
    }

    private static string Explain(ParseResult parsed, ParseError error)
    {
        // The library names .NET's types.
        if (error.SymbolResult is OptionResult { Tokens: [var given], Option: Option<int> or Option<int?> or Option<long> or Option<long?> } result && !long.TryParse(given.Value, CultureInfo.InvariantCulture, out _))
        {
            return $"{result.Option.Name} takes a whole number ('{given.Value}' is none).";
        }

        if (error.SymbolResult is OptionResult { Tokens: [var number], Option: Option<uint> } unsigned && !uint.TryParse(number.Value, CultureInfo.InvariantCulture, out _))
        {
            return $"{unsigned.Option.Name} takes a whole number from 0 to {uint.MaxValue} (it is '{number.Value}').";
        }

        var unknown = parsed.UnmatchedTokens.FirstOrDefault();
        if (unknown is null)
        {
            return error.Message;
        }

        var command = parsed.CommandResult.Command;
        var names = unknown.StartsWith('-')
            ? command.Options.Where(option => !option.Hidden).Select(option => option.Name)
            : command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name);
        return names.Any()
            ? $"Unknown {(unknown.StartsWith('-') ? "option" : "command")} '{unknown}'.{NearestName.Suggest(unknown, names)}"
            : error.Message;
    }

    private static int Fail(string message, int exitCode, Exception? error)
    {
        Console.Error.WriteLine(message);
        if (error is not null && Environment.GetEnvironmentVariable(TraceVariable) == "1")
        {
            Console.Error.WriteLine(error);
        }

        return exitCode;
    }

    // The list of commands says in a sentence what each does; the rest is for the command's own help.
    private sealed class ShortList(RootCommand root, SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            if (parseResult.CommandResult.Command == root)
            {
                foreach (var command in root.Subcommands)
                {
                    command.Description = FirstSentence(command.Description ?? "");
                }
            }

            return help.Invoke(parseResult);
        }
    }
}
