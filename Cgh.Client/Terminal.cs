using Spectre.Console;

namespace Cgh.Client;

/// <summary>The terminal that commands print to.</summary>
public static class Terminal
{
    // A table of runs or an error, with room to spare.
    private const int DefaultWidth = 200;

    /// <summary>The console. In a file or a pipe it does not wrap: a wrapped line would be read as two.</summary>
    /// <param name="width">The longest line, if the output is redirected.</param>
    public static IAnsiConsole Unwrapped(int width = DefaultWidth)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = width;
        }

        return AnsiConsole.Console;
    }
}
