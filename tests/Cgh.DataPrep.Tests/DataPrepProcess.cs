using System.Diagnostics;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Runs the DataPrep executable.</summary>
internal static class DataPrepProcess
{
    public static Process Start(params string[] arguments) => StartIn(Directory.GetCurrentDirectory(), arguments);

    /// <summary>Runs it until it exits.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => EndAsync(Start(arguments));

    /// <summary>Runs it until it exits, with <paramref name="folder"/> as its working directory.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunInAsync(string folder, params string[] arguments) =>
        EndAsync(StartIn(folder, arguments));

    private static Process StartIn(string folder, string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Cgh.DataPrep.exe" : "Cgh.DataPrep");
        return Process.Start(
            new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
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
