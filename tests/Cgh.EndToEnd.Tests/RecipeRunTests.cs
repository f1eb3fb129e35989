using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Recipes small enough for a test, run by the one-process host and by the first command of the README.</summary>
[Collection(Laboratories.Used)]
public sealed class RecipeRunTests : IDisposable
{
    private const string SmallRecipe = """
        {
          "name": "small",
          "dataset": { "name": "small", "demo": { "classes": 4, "train": 48, "test": 16, "side": 16, "seed": 1 } },
          "labels": [{ "name": "half-noise", "fraction": 0.5, "seed": 0 }],
          "defaults": { "labels": "half-noise", "model": "resnet-small", "epochs": 2, "batchSize": 12, "learningRate": 0.04, "threads": 1, "device": "cpu" },
          "runs": [{ "name": "sgd", "rule": "sgd" }, { "name": "rm3", "rule": "rm3" }]
        }
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-recipe-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_SmallRecipeWithExit_ExitsWithZeroAndACompleteExperimentFolder()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), SmallRecipe, Stop);
        await using var host = HostProcess.Start(_folder, "run", "small.json", "--exit");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.True(exitCode == 0, host.Output);
        var experiment = new ExperimentFolder(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "data", "experiments"))));
        Assert.StartsWith("small-", Path.GetFileName(experiment.Path), StringComparison.Ordinal);
        Assert.Equal(["sgd", "rm3"], experiment.Runs().Select(run => Path.GetFileName(run.Path)));
        Assert.All(experiment.Runs(), run =>
        {
            Assert.Equal(RunStatus.Completed, run.Load().Status);
            Assert.Equal(3, run.ReadCurve(Curves.Test).Count);
            Assert.True(File.Exists(run.Model));
        });
        Assert.True(File.Exists(experiment.Report));
        Assert.Equal(2, JsonDocument.Parse(await File.ReadAllTextAsync(experiment.Results, Stop)).RootElement.GetProperty("runs").GetArrayLength());
        Assert.Contains("completed", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TelemetryIsExported_OneTraceFromTheSubmissionToTheReport()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), SmallRecipe, Stop);
        await using var receiver = OtlpReceiver.Start();
        await using var host = HostProcess.Start(_folder, receiver.Environment, "run", "small.json", "--exit");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.True(exitCode == 0, host.Output);
        var trace = receiver.TraceOf("submit experiment");
        OtlpTraces.AssertComplete(trace);
        Assert.Equal("submit experiment", trace[0].Name);
        Assert.Equal(["rm3", "sgd"], trace.Where(span => span.Name == "attempt").Select(span => span.Attributes["cgh.rule"]).Order());
        Assert.Contains(trace, span => span.Name == "publish ExperimentEnded");
        var others = receiver.Spans.Where(span => span.TraceId != trace[0].TraceId).ToList();
        Assert.True(others.Count == 0, OtlpReceiver.Describe(others));
    }

    [Fact]
    public async Task AppHostRun_SmallRecipeWithExit_SaysWhatMattersAndLeavesNoProcess()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), SmallRecipe, Stop);
        await using var host = HostProcess.StartAppHost(_folder, "run", "small.json", "--exit");

        var address = await host.AddressAsync(s_timeout, Stop);
        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.True(exitCode == 0, host.Output);
        Assert.Empty(Orchestrators(host.Id));
        var experiment = new ExperimentFolder(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "data", "experiments"))));
        Assert.All(experiment.Runs(), run => Assert.Equal(RunStatus.Completed, run.Load().Status));
        var lines = host.Output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal("Mode: Embedded (set by Infrastructure:Mode)", lines[0]);
        Assert.Equal($"Laboratory: {address}", lines[1]);
        Assert.Matches(@"^Aspire's dashboard: http://localhost:\d+/login\?t=\w+$", lines[2]);
        Assert.Equal($"Data folder: {_folder}/data", lines[3]);
        Assert.Equal($"Experiment: {Path.GetFileName(experiment.Path)}", lines[4]);
        Assert.Contains($"Report: {experiment.Report}", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("info:", StringComparison.Ordinal) || line.StartsWith("warn:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AppHostRun_Interrupted_ExitsWith130AfterACheckpointAndLeavesNoProcess()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "small.json"), SmallRecipe.Replace("\"epochs\": 2", "\"epochs\": 2000", StringComparison.Ordinal), Stop);
        await using var host = HostProcess.StartAppHost(_folder, "run", "small.json", "--no-dashboard");
        await WaitUntilAsync(() => Runs().Any(run => run.ReadCurve(Curves.Test).Count > 2), host);

        host.Interrupt();

        Assert.Equal(130, await host.WaitForExitAsync(s_timeout, Stop));
        Assert.Empty(Orchestrators(host.Id));
        Assert.All(Runs(), run => Assert.Equal(RunStatus.Interrupted, run.Load().Status));
        Assert.Contains("Running runs have written a checkpoint", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Aspire's dashboard", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UnknownKey_SuggestsTheNearestAndLeavesNothing()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), SmallRecipe.Replace("batchSize", "batchsizes", StringComparison.Ordinal), Stop);
        await using var host = HostProcess.Start(_folder, "run", "small.json", "--exit");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.Equal(2, exitCode);
        Assert.Equal("small.json: runs[0], runs[1]: unknown key 'batchsizes'. Did you mean 'batchSize'?", host.Output.Trim());
        Assert.False(Directory.Exists(Path.Combine(_folder, "data")));
    }

    [Fact]
    public async Task DotnetRun_FromAnotherFolder_PathsAreRelativeToIt()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), SmallRecipe, Stop);
        await using var host = HostProcess.StartWithDotnetRun(_folder, "run", "smal.json");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.Equal(2, exitCode);
        Assert.Equal("No recipe at smal.json. Did you mean 'small.json'?", host.Output.Trim());
    }

    [Fact]
    public async Task Run_SourceWithoutImages_ExitsWithOneAndSaysWhy()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        var recipe = SmallRecipe.Replace(
            """ "demo": { "classes": 4, "train": 48, "test": 16, "side": 16, "seed": 1 } """, $""" "source": "{_folder}/empty" """, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "small.json"), recipe, Stop);
        await using var host = HostProcess.Start(_folder, "run", "small.json", "--exit");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{_folder}/empty", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_KilledAndRestarted_ExperimentIsInterrupted()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "small.json"),
            SmallRecipe.Replace("\"epochs\": 2", "\"epochs\": 2000", StringComparison.Ordinal),
            Stop);
        await using (var host = HostProcess.Start(_folder, "run", "small.json"))
        {
            await WaitUntilAsync(() => Runs().Any(run => run.ReadCurve(Curves.Test).Count > 2), host);
            host.Kill();
            await host.WaitForExitAsync(s_timeout, Stop);
        }

        // The attempts notice that their service is gone, write a checkpoint and exit.
        await WaitUntilAsync(() => Runs().All(run => run.Load().Status == RunStatus.Interrupted), host: null);
    }

    private IReadOnlyList<RunFolder> Runs()
    {
        var folder = Path.Combine(_folder, "data", "experiments");
        return Directory.Exists(folder) && Directory.GetDirectories(folder) is [var only] ? new ExperimentFolder(only).Runs() : [];
    }

    // Command lines of the processes of Aspire's orchestrator that belong to a host, and of what they started.
    private static List<string> Orchestrators(int host)
    {
        var all = Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Select(CommandLine).ToList();
        return [.. all.Where(line => line.Contains("dcp", StringComparison.Ordinal) && line.Contains($"--monitor {host} ", StringComparison.Ordinal))];
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            // It has just ended.
            return "";
        }
    }

    private static async Task WaitUntilAsync(Func<bool> holds, HostProcess? host)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; !holds(); await Task.Delay(100, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, $"The condition did not hold within {s_timeout}. {host?.Output}");
        }
    }
}
