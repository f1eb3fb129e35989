using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Cgh.Deploy.Tests;

/// <summary>A copy of deploy/azure that a test may change, and the Bicep compiler for it. Nothing here reaches Azure.</summary>
internal sealed class BicepFiles : IDisposable
{
    private const string AnyId = "11111111-1111-1111-1111-111111111111";

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

    /// <summary>
    /// The resources that main.bicep would create, with expressions evaluated. Parameters are no longer secure here, because values of secure ones are not
    /// evaluated.
    /// </summary>
    /// <param name="parameters">Bicep expressions by parameter, over those that a deployment needs.</param>
    /// <exception cref="InvalidOperationException">The template refuses the parameters.</exception>
    public async Task<AzureResources> EvaluateAsync(params (string Name, string Value)[] parameters)
    {
        var values = Defaults.Where(value => parameters.All(parameter => parameter.Name != value.Name)).Concat(parameters);
        await File.WriteAllLinesAsync(
            _folder["test.bicepparam"],
            values.Select(value => $"param {value.Name} = {value.Value}").Prepend("using 'main.bicep'"),
            TestContext.Current.CancellationToken);
        var (exitCode, diagnostics) = await SnapshotAsync("test.bicepparam");
        if (exitCode != 0)
        {
            throw new InvalidOperationException(diagnostics);
        }

        return new AzureResources(JsonNode.Parse(await File.ReadAllTextAsync(_folder["test.snapshot.json"], TestContext.Current.CancellationToken))!);
    }

    private async Task<(int ExitCode, string Diagnostics)> SnapshotAsync(string parameterFile)
    {
        foreach (var file in Directory.GetFiles(_folder.Path, "*.bicep"))
        {
            await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file)).Where(line => line != "@secure()"));
        }

        string[] target = ["--resource-group", "laboratory", "--location", "swedencentral", "--subscription-id", AnyId, "--tenant-id", AnyId];
        var (exitCode, _, diagnostics) = await RunAsync(environment: null, ["snapshot", parameterFile, "--mode", "overwrite", .. target]);
        return (exitCode, diagnostics);
    }

    private static IEnumerable<(string Name, string Value)> Defaults =>
    [
        ("tag", "'1'"),
        ("allowedAddresses", "['203.0.113.7/32']"),
        ("redisPassword", "'the-redis-password'"),
        ("messagingPassword", "'the messaging/password'"),
    ];

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
