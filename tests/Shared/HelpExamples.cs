using System.CommandLine;
using System.Text.RegularExpressions;

namespace Cgh.Tests;

/// <summary>The examples in the help of a program.</summary>
internal static class HelpExamples
{
    /// <summary>Parses the examples in the descriptions of all commands.</summary>
    /// <param name="root">The program's command line.</param>
    /// <param name="program">Name of the program, with which an example starts.</param>
    public static IReadOnlyList<ParseResult> Parse(RootCommand root, string program)
    {
        // Indented; after environment variables or an assignment; up to a pipe or a remark in parentheses.
        var pattern = new Regex($@"^ +(?:\w+=\$\()?(?:\w+=\S+ )*{Regex.Escape(program)} (?<arguments>.+?)(?: \||\s{{2,}}\(|$)", RegexOptions.Multiline);
        return [.. Descriptions(root).SelectMany(description => pattern.Matches(description)).Select(match => root.Parse(match.Groups["arguments"].Value))];
    }

    private static IEnumerable<string> Descriptions(Command command) =>
        command.Subcommands.SelectMany(Descriptions).Prepend((command.Description ?? "").ReplaceLineEndings("\n"));
}
