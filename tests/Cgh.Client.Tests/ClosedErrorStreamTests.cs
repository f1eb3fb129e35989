using System.CommandLine;
using Cgh.Core;

namespace Cgh.Client.Tests;

[Collection("Redirects the console")]
public sealed class ClosedErrorStreamTests
{
    [Fact]
    public async Task Run_StandardErrorIsClosed_TheExitCodeStillSaysThatItFailed()
    {
        var before = Console.Error;
        Console.SetError(new ClosedWriter());
        try
        {
            Assert.Equal(2, await CommandLine.RunAsync(new RootCommand("program"), ["--unknown"]));
        }
        finally
        {
            Console.SetError(before);
        }
    }

    private sealed class ClosedWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new UnauthorizedAccessException("Access to the path is denied.");
    }
}
