using System.Diagnostics;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Runs the DataPrep executable.</summary>
internal static class DataPrepProcess
{
    public static Process Start(params string[] arguments) => StartIn(Directory.GetCurrentDirectory(), arguments);

    /// <summary>Starts it so that SIGINT ends it: a shell ignores that for its jobs in the background, and the programs that they start inherit it.</summary>
    public static Process StartInterruptible(params string[] arguments) => OperatingSystem.IsLinux()
        ? Start(new ProcessStartInfo("env", ["--default-signal=INT", Program, .. arguments]))
        : Start(arguments);

    /// <summary>Runs it until it exits.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => EndAsync(Start(arguments));

    /// <summary>Runs it until it exits, with <paramref name="folder"/> as its working directory.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunInAsync(string folder, params string[] arguments) =>
        EndAsync(StartIn(folder, arguments));

    private static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Cgh.DataPrep.exe" : "Cgh.DataPrep");

    private static Process StartIn(string folder, string[] arguments) => Start(new ProcessStartInfo(Program, arguments) { WorkingDirectory = folder });

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process started)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var process = started;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
