using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.ComponentModel;
using System.Globalization;
using Cgh.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace Cgh.Core;

/// <summary>Parsing, error messages and exit codes of all command-line programs.</summary>
public static class CommandLine
{
    /// <summary>Environment variable; 1 prints the stack trace of an error.</summary>
    public const string TraceVariable = "CGH_TRACE";

    // A trainer saves the checkpoint of a large model meanwhile.
    private static readonly TimeSpan s_terminationTimeout = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Runs a command and prints an error as one line on standard error.
    /// </summary>
    /// <returns>The exit code: 2 for an invalid command line, <see cref="UserErrorException.ExitCode"/> or 1 for a failure, 130 if interrupted.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        TerminalWriter.Install();
        if ((OpenFileLimit.Failure() ?? ThreadLimit.Failure()) is { } failure)
        {
            return Fail(failure, exitCode: 1, error: null);
        }

        if (root.Options.OfType<HelpOption>().SingleOrDefault() is { Action: SynchronousCommandLineAction help } option)
        {
            option.Action = new SummaryHelp(help);
        }

        var parsed = root.Parse(args);
        if (UnknownOption(parsed) is { } unknown)
        {
            // Its value may be a password.
            var name = unknown.Split('=')[0];
            return Fail($"Unknown option '{name}'.{NearestName.Suggest(name, OptionNames(parsed.CommandResult))} Try --help.", exitCode: 2, error: null);
        }

        if (parsed.Errors is [var first, ..] && parsed.Action is ParseErrorAction)
        {
            return Fail($"{Explain(parsed, first)} Try --help.", exitCode: 2, error: null);
        }

        try
        {
            return await InvokeAsync(parsed);
        }
        catch (UserErrorException error)
        {
            return Fail(error.Message, error.ExitCode, error);
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            return Fail(UserText.FirstLine(error), exitCode: 1, error);
        }
        catch (Exception error)
        {
            return Fail(
                $"Unexpected {error.GetType().Name}: {UserText.FirstLine(error)} Set {TraceVariable}=1 for the stack trace, and please report it.",
                exitCode: 1,
                error);
        }
    }

    // System.CommandLine listens to two signals only, and not before the command has begun.
    private static async Task<int> InvokeAsync(ParseResult parsed)
    {
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        if (parsed.Action is SynchronousCommandLineAction)
        {
            // It is short, and a signal ends it.
            return parsed.Invoke(configuration);
        }

        using var signals = TerminationSignals.Register(s_terminationTimeout);
        // On another thread: a command that does not return before its end must not delay the exit.
        var running = Task.Run(() => parsed.InvokeAsync(configuration, signals.Token));
        return await await Task.WhenAny(running, signals.Overdue);
    }

    /// <summary>
    /// Parses a number with a decimal point. System.CommandLine treats a comma as a thousands separator: 0,1 would be 1.
    /// </summary>
    public static double ParseNumber(ArgumentResult result)
    {
        var given = result.Tokens.Single().Value;
        if (!double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
            result.AddError($"{name} must be a number with a decimal point, such as 0.5 (got '{given}').");
        }

        return number;
    }

    /// <summary>The option for the data folder.</summary>
    public static Option<string?> DataOption() => new("--data")
    {
        Description = $"Data folder. Default: ${DataFolder.Variable}, else ./data.",
        HelpName = "DIR",
    };

    /// <summary>Rejects integers outside the range. The parser rejects everything else.</summary>
    public static Option<T> MustBeBetween<T>(this Option<T> option, int min, int max = int.MaxValue)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given)
                && (given < min || given > max))
            {
                result.AddError(max == int.MaxValue
                    ? $"{option.Name} must be at least {min} (it is {given})."
                    : $"{option.Name} must be between {min} and {max} (it is {given}).");
            }
        });
        return option;
    }

    /// <summary>Rejects an empty value, such as that of an unset shell variable.</summary>
    public static Argument<string> MustNotBeEmpty(this Argument<string> argument)
    {
        argument.Validators.Add(result => RejectEmpty(result, argument.Name, result.Tokens));
        return argument;
    }

    /// <inheritdoc cref="MustNotBeEmpty(Argument{string})"/>
    public static T MustNotBeEmpty<T>(this T option)
        where T : Option
    {
        option.Validators.Add(result => RejectEmpty(result, option.Name, result.Tokens));
        return option;
    }

    private static void RejectEmpty(SymbolResult result, string name, IReadOnlyList<Token> given)
    {
        if (given is [{ Value.Length: 0 }])
        {
            result.AddError($"{name} is empty. Give a path.");
        }
    }

    private static string FirstSentence(string description)
    {
        var line = description.AsSpan();
        var end = line.IndexOf(". ");
        var lineEnd = line.IndexOf(".\n");
        end = end < 0 ? lineEnd : lineEnd < 0 ? end : Math.Min(end, lineEnd);
        return (end < 0 ? line : line[..(end + 1)]).ToString().ReplaceLineEndings(" ");
    }

    private static string Explain(ParseResult parsed, ParseError error)
    {
        switch (error.SymbolResult)
        {
            case ArgumentResult { Tokens.Count: 0, Parent: CommandResult command } missing:
                return $"{command.Command.Name} needs {missing.Argument.Name}.";
            case OptionResult { Tokens.Count: 0, Implicit: false } valueless:
                return $"{valueless.Option.Name} needs a value.";
        }

        // The messages of System.CommandLine name .NET types.
        if (error.SymbolResult is OptionResult { Tokens: [var given], Option: Option<int> or Option<int?> or Option<long> or Option<long?> } result
            && !long.TryParse(given.Value, CultureInfo.InvariantCulture, out _))
        {
            return $"{result.Option.Name} must be an integer (got '{given.Value}').";
        }

        if (error.SymbolResult is OptionResult { Tokens: [var large], Option: Option<int> or Option<int?> } bounded
            && !int.TryParse(large.Value, CultureInfo.InvariantCulture, out _))
        {
            return $"{bounded.Option.Name} must be an integer between {int.MinValue} and {int.MaxValue} (got '{large.Value}').";
        }

        if (error.SymbolResult is OptionResult { Tokens: [var number], Option: Option<uint> } unsigned
            && !uint.TryParse(number.Value, CultureInfo.InvariantCulture, out _))
        {
            return $"{unsigned.Option.Name} must be an integer between 0 and {uint.MaxValue} (got '{number.Value}').";
        }

        var commands = parsed.CommandResult.Command.Subcommands.Where(subcommand => !subcommand.Hidden).Select(subcommand => subcommand.Name);
        return parsed.UnmatchedTokens is [var unknown, ..] && commands.Any()
            ? $"Unknown command '{unknown}'.{NearestName.Suggest(unknown, commands)}"
            : error.Message;
    }

    // System.CommandLine takes an unknown option for the value of an argument where the command has one.
    private static string? UnknownOption(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (!command.TreatUnmatchedTokensAsErrors || (parsed.Action is not ParseErrorAction && parsed.Action != command.Action))
        {
            return null;
        }

        var values = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value);
        var before = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value).ToHashSet();
        return values.Concat(parsed.UnmatchedTokens).FirstOrDefault(value => value.Length > 1 && value[0] == '-' && before.Contains(value));
    }

    private static IEnumerable<string> OptionNames(CommandResult command)
    {
        var options = command.Command.Options.AsEnumerable();
        for (var parent = command.Parent as CommandResult; parent is not null; parent = parent.Parent as CommandResult)
        {
            options = options.Concat(parent.Command.Options.Where(option => option.Recursive));
        }

        return options
            .Where(option => !option.Hidden)
            .SelectMany(option => option.Aliases.Prepend(option.Name))
            .Where(name => name.StartsWith("--", StringComparison.Ordinal));
    }

    private static int Fail(string message, int exitCode, Exception? error)
    {
        try
        {
            Console.Error.WriteLine(message);
            if (error is not null && Environment.GetEnvironmentVariable(TraceVariable) == "1")
            {
                Console.Error.WriteLine(error);
            }
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            // Standard error is closed or full: the exit code still says that the command failed.
        }
        catch (Exception failed) when (failed is Win32Exception or TypeInitializationException && !OperatingSystem.IsWindows())
        {
            // The console needs a thread of its own.
            using var standardError = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            standardError.Write(System.Text.Encoding.UTF8.GetBytes(message + "\n"));
        }

        return exitCode;
    }

    // The help of a command lists each subcommand with the first sentence of its description, and names the values of options in capitals.
    private sealed class SummaryHelp(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var shown = parseResult.CommandResult.Command;
            foreach (var command in shown.Subcommands)
            {
                command.Description = FirstSentence(command.Description ?? "");
            }

            foreach (var option in shown.Options.Where(option => option.ValueType != typeof(bool) && option is not HelpOption and not VersionOption))
            {
                option.HelpName ??= option.ValueType == typeof(string) ? option.Name.TrimStart('-').ToUpperInvariant() : "N";
            }

            return help.Invoke(parseResult);
        }
    }
}
