using System.Diagnostics;

namespace Cgh.Client.Tests;

public sealed class ThreadLimitTests
{
    // A user that no other process has, because the limit counts all processes of a user.
    private const string AsAnotherUser = "--reuid 65531 --regid 65531 --clear-groups";

    [Theory]
    [InlineData(8, false)]
    [InlineData(12, false)]
    [InlineData(4096, true)]
    public async Task AnyCommand_FewThreads_SaysSoInOneLineOrWorks(int limit, bool works)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can start a program as a user without other processes.");
        var program = Path.Combine(AppContext.BaseDirectory, "cgh");
        Assert.SkipUnless((await RunAsync($"test -r '{program}'")).ExitCode == 0, "Another user cannot read this build.");

        var (exitCode, error) = await RunAsync($"ulimit -u {limit}; exec '{program}' status --store 127.0.0.1:1");

        Assert.Equal(works ? 4 : 1, exitCode);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(
            works ? "^The run store at 127.0.0.1:1 is not responding." : "^This process may start only [0-9] more threads, .* with: ulimit -u 4096$",
            line);
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("setpriv", [.. AsAnotherUser.Split(' '), "bash", "-c", command])
        {
            WorkingDirectory = "/",
            RedirectStandardError = true,
        })!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
