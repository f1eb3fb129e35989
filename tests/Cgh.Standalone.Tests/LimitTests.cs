using Cgh.Tests;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>The program with what a user or a machine may lack.</summary>
public sealed class LimitTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_EmptyHomeAndDataFolder_PrintsItsAddressOnlyAndKeepsItsKeysPrivate()
    {
        await using var host = await HostProgram.StartAsync();

        await AssertServesAsync(host);

        AssertPrintedItsAddressOnly(host);
        var key = Assert.Single(Directory.GetFiles(Path.Combine(host.Home, ".aspnet", "DataProtection-Keys")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }
    }

    [Fact]
    public async Task Start_NoInotifyInstanceIsLeft_Serves()
    {
        // In a user namespace, the limit can be set without touching that of the machine.
        Assert.SkipUnless(await CanLimitInotifyAsync(), "This machine has no user namespaces.");
        await using var host = await HostProgram.StartAsync("echo 0 > /proc/sys/user/max_inotify_instances", "unshare", "-Ur");

        await AssertServesAsync(host);

        AssertPrintedItsAddressOnly(host);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/dev/null")]
    public async Task Start_NoTemporaryFiles_SaysSoInOneLine(string folder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no TMPDIR.");
        await using var host = HostProgram.Run($"export TMPDIR={folder}");

        Assert.Equal(1, await host.WaitForExitAsync());
        Assert.StartsWith(
            $"The folder for temporary files, {folder}/, cannot be written. Set TMPDIR to one that can.", Assert.Single(host.Output.Trim().Split('\n')));

        // What the line says.
        await using var set = await HostProgram.StartAsync("export TMPDIR=$HOME");
        await AssertServesAsync(set);
    }

    [Fact]
    public async Task Start_TooFewOpenFiles_SaysHowManyInOneLine()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit.");
        await using var host = HostProgram.Run("ulimit -n 400");

        Assert.Equal(1, await host.WaitForExitAsync());
        Assert.Equal("This process may open only 400 files, and 512 are needed. Raise the limit, such as with: ulimit -n 1024", host.Output.Trim());

        // What the line says.
        await using var raised = await HostProgram.StartAsync("ulimit -n 1024");
        await AssertServesAsync(raised);
    }

    private static async Task AssertServesAsync(HostProgram host)
    {
        using var http = new HttpClient();
        Assert.Contains("Coherent Gradients", await http.GetStringAsync(new Uri($"http://localhost:{host.Port}/"), Stop), StringComparison.Ordinal);
    }

    private static void AssertPrintedItsAddressOnly(HostProgram host) => Assert.Equal(
        [$"Laboratory: http://localhost:{host.Port}", $"Data folder: {host.DataFolder}"],
        host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static async Task<bool> CanLimitInotifyAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        await using var tried = ChildProcess.Start("unshare", ["-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances"]);
        return await tried.WaitForExitAsync(TimeSpan.FromMinutes(1), Stop) == 0;
    }
}
