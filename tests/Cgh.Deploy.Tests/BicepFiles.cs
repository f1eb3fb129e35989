using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Cgh.Deploy.Tests;

/// <summary>A copy of deploy/azure that a test may change, and the Bicep compiler for it. Nothing here reaches Azure.</summary>
internal sealed class BicepFiles : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    public BicepFiles()
    {
        foreach (var file in Directory.GetFiles(Repository.Azure))
        {
            File.Copy(file, _folder[Path.GetFileName(file)]);
        }
    }

    public void Dispose() => _folder.Dispose();

    public string this[string file] => _folder[file];

    public void Replace(string file, string old, string replacement)
    {
        var text = File.ReadAllText(_folder[file]);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(_folder[file], text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>
    /// Runs the compiler in the folder. Its exit code is 0 despite warnings, and a misspelt property is one that no setting turns into an error, so
    /// anything on standard error counts.
    /// </summary>
    public async Task<(int ExitCode, string Output, string Diagnostics)> RunAsync(
        IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var stop = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(Program(), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        // It runs for a second or two: compiling its code better costs more than it gives.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_timeout);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var diagnostics = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, diagnostics.Trim());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>The ARM template of a file that compiles without a warning.</summary>
    public async Task<JsonNode> CompileAsync(string file)
    {
        var (exitCode, output, diagnostics) = await RunAsync(environment: null, "build", file, "--stdout");
        Assert.Equal((0, ""), (exitCode, diagnostics));
        return JsonNode.Parse(output)!;
    }

    private static string Program()
    {
        var program = ServerPrograms.Named("CGH_BICEP") ?? Repository.Metadata("Cgh.Bicep") ?? ServerPrograms.OnPath("bicep");
        if (program is null)
        {
            const string Reason = "bicep is missing: its package is for x64 Linux. Elsewhere, set CGH_BICEP to the program.";
            if (Environment.GetEnvironmentVariable("CGH_TEST_REQUIRE_ALL") == "1")
            {
                Assert.Fail(Reason);
            }

            Assert.Skip(Reason);
        }

        return program;
    }
}
