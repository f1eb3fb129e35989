using System.Text;

namespace Cgh.Core;

/// <summary>
/// Writes to a terminal until it is closed and drops the rest, as .NET does with a closed pipe: a program whose window was closed still has a checkpoint to
/// write, and a progress bar that fails would end it at once.
/// </summary>
internal sealed class TerminalWriter(TextWriter terminal) : TextWriter
{
    private volatile bool _isClosed;

    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Makes the console's writers outlive the terminal. Redirected ones are left as they are: a full disk is an error.</summary>
    public static void Install()
    {
        if (!Console.IsOutputRedirected)
        {
            Console.SetOut(new TerminalWriter(Console.Out));
        }

        if (!Console.IsErrorRedirected)
        {
            Console.SetError(new TerminalWriter(Console.Error));
        }
    }

    public override void Write(char value) => Try(() => terminal.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => terminal.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => terminal.Write(value));

    public override void Flush() => Try(terminal.Flush);

    private void Try(Action write)
    {
        if (_isClosed)
        {
            return;
        }

        try
        {
            write();
        }
        catch (IOException)
        {
            _isClosed = true;
        }
    }
}
