using System.Text;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class TerminalWriterTests
{
    [Fact]
    public void Write_TerminalIsOpen_EverythingArrives()
    {
        var terminal = new StringWriter { NewLine = "\n" };
        using var writer = new TerminalWriter(terminal) { NewLine = "\n" };

        writer.Write('a');
        writer.Write(['b', 'c']);
        writer.WriteLine("d");
        writer.WriteLine($"{1} {2}");
        writer.Flush();

        Assert.Equal("abcd\n1 2\n", terminal.ToString());
        Assert.Equal(terminal.Encoding, writer.Encoding);
    }

    [Fact]
    public void Write_TerminalWasClosed_DropsTheRest()
    {
        var terminal = new ClosedTerminal();
        using var writer = new TerminalWriter(terminal);

        writer.WriteLine("Epoch 1");
        writer.Write('a');
        writer.Flush();

        Assert.Equal(1, terminal.Attempts);
    }

    private sealed class ClosedTerminal : TextWriter
    {
        public int Attempts { get; private set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Fail();

        public override void Write(string? value) => Fail();

        public override void Flush() => Fail();

        private void Fail()
        {
            Attempts++;
            throw new IOException("Input/output error");
        }
    }
}
