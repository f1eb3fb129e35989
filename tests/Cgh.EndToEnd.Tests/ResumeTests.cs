using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>An experiment with stages whose laboratory, a single process, is killed: <c>resume</c> continues it.</summary>
[Collection(Laboratories.Used)]
public sealed class ResumeTests : IDisposable
{
    private const string Chain = """
        {
          "dataset": { "name": "small", "demo": { "classes": 8, "train": 400, "test": 64, "side": 16, "seed": 1, "noise": 1.0 } },
          "defaults": { "model": "resnet-small", "epochs": 12, "batchSize": 16, "learningRate": 0.04, "threads": 1, "device": "cpu",
                        "checkpointMinutes": 0.005 },
          "runs": [
            { "name": "short", "epochs": 12, "trackLearning": "training" },
            { "name": "order", "derive": { "kind": "learning", "from": "short", "train": 80, "test": 20 } },
            { "name": "easy", "dataset": "order/easy" },
            { "name": "random", "dataset": "order/random" },
            { "name": "hard", "dataset": "order/hard" }
          ]
        }
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-resume-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Resume_KilledDuringAChain_EndsWithTheSameTableAndFiles()
    {
        await EndAsync("run", Written("undisturbed"));
        var id = await KillAsync("killed", () => Runs("killed").Any(run => Path.GetFileName(run.Path) is "easy" or "random" or "hard"));

        // The next start says what to do.
        await using (var host = HostProcess.Start(_folder))
        {
            await host.AddressAsync(s_timeout, Stop);
            await WaitUntilAsync(() => host.Output.Contains($"Interrupted: {id}. Continue with: Cgh.Standalone resume {id}", StringComparison.Ordinal), host);
            await host.KillAllAsync();
        }

        var output = await EndAsync("resume", id);

        Assert.Contains($"Experiment: {id}", output, StringComparison.Ordinal);
        Assert.Equal(Table("undisturbed"), Table("killed"));
        Assert.Equal(5, Runs("killed").Count);
        Assert.Contains(Runs("killed"), run => run.Load().Attempts.Count > 1);
        foreach (var run in Runs("undisturbed"))
        {
            var killed = Runs("killed").Single(other => Path.GetFileName(other.Path) == Path.GetFileName(run.Path));
            if (run.Load().Spec.Derive is null)
            {
                Assert.Empty(RunDifferences.Between(run, killed));
            }
        }

        // Again: nothing is left to do.
        var again = await EndAsync("resume", id);
        Assert.Contains("completed", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppHostResume_LaboratoryKilled_CompletesTheExperiment()
    {
        var id = await KillAsync("killed", () => Runs("killed").Any(run => run.ReadCurve(Curves.Test).Count > 2));

        await using var host = HostProcess.StartAppHost(_folder, "resume", id, "--exit", "--no-dashboard");
        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.True(exitCode == 0, host.Output);
        Assert.All(Runs("killed"), run => Assert.Equal(RunStatus.Completed, run.Load().Status));
        Assert.Contains($"Experiment: {id}", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_UnknownExperiment_SuggestsTheNearestAndStartsNothing(bool isAppHost)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data", "experiments", "demo-20260101-120000"));
        await using var host = isAppHost
            ? HostProcess.StartAppHost(_folder, "resume", "demo-20260101-120001")
            : HostProcess.Start(_folder, "resume", "demo-20260101-120001");

        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"There is no experiment 'demo-20260101-120001' in {_folder}/data/experiments. Did you mean 'demo-20260101-120000'?", host.Output.Trim());
    }

    // Returns the id of the experiment.
    private async Task<string> KillAsync(string name, Func<bool> isTime)
    {
        await using var host = HostProcess.Start(_folder, "run", Written(name));
        await WaitUntilAsync(isTime, host);
        await host.KillAllAsync();
        Assert.Contains(Runs(name), run => run.Load().Status == RunStatus.Running);
        return Path.GetFileName(Experiment(name)!.Path);
    }

    private async Task<string> EndAsync(string command, string argument)
    {
        await using var host = HostProcess.Start(_folder, command, argument, "--exit");
        var exitCode = await host.WaitForExitAsync(s_timeout, Stop);
        Assert.True(exitCode == 0, host.Output);
        return host.Output;
    }

    private string Table(string name)
    {
        using var results = JsonDocument.Parse(File.ReadAllText(Experiment(name)!.Results));
        var table = results.RootElement.GetProperty("easyHard");
        Assert.Equal(1, table.GetArrayLength());
        return table.GetRawText();
    }

    private IReadOnlyList<RunFolder> Runs(string name) => Experiment(name)?.Runs() ?? [];

    private ExperimentFolder? Experiment(string name)
    {
        var experiments = Path.Combine(_folder, "data", "experiments");
        return Directory.Exists(experiments) && Directory.GetDirectories(experiments, $"{name}-*") is [var only] ? new ExperimentFolder(only) : null;
    }

    private string Written(string name)
    {
        File.WriteAllText(Path.Combine(_folder, $"{name}.json"), Chain);
        return $"{name}.json";
    }

    private static async Task WaitUntilAsync(Func<bool> holds, HostProcess host)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; !holds(); await Task.Delay(100, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, $"The condition did not hold within {s_timeout}. {host.Output}");
        }
    }
}
