using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary><c>chains</c>: kills processes at random times of an easy-and-hard experiment and compares its tables with those of an undisturbed one.</summary>
internal static class ChainsCommand
{
    private const string Help = """
        Runs a small easy-and-hard experiment twice: once undisturbed, and once killing (SIGKILL) a process and all its children at
        random times. --host services: the trainer of separate services, which is then replaced. --host embedded: Cgh.Standalone,
        which runs all services in one process, and is then started with 'resume EXPERIMENT'. Compares "easyHard" in results.json,
        and every CSV, index file and final model byte by byte.
        """;

    private const string Embedded = "embedded";

    // Both experiments share the dataset. An undisturbed one takes 2 to 5 minutes with one run at a time.
    private const string Recipe = """
        {
          "dataset": { "name": "tiny", "demo": { "classes": 20, "train": 1600, "test": 200, "side": 16, "seed": 0, "noise": 1.0 } },
          "defaults": { "model": "resnet-small", "epochs": 12, "batchSize": 32, "learningRate": 0.02, "momentum": 0.9, "device": "cpu", "threads": 1,
                        "checkpointMinutes": 0.02 },
          "runs": [
            { "name": "short-{seed}", "seeds": [0, 1], "epochs": 2 },
            { "name": "split-{seed}", "seeds": [0, 1], "derive": { "kind": "split", "from": "short-{seed}", "train": 320, "test": 80 } },
            { "name": "easy-{seed}", "seeds": [0, 1], "dataset": "split-{seed}/easy" },
            { "name": "random-{seed}", "seeds": [0, 1], "dataset": "split-{seed}/random" },
            { "name": "hard-{seed}", "seeds": [0, 1], "dataset": "split-{seed}/hard" }
          ]
        }
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(30);

    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Number of kills.", DefaultValueFactory = _ => 10 }.MustBeBetween(1);
        var seed = new Option<int>("--seed") { Description = "Seed of the times.", DefaultValueFactory = _ => 0 };
        var host = new Option<string>("--host") { Description = "services or embedded.", DefaultValueFactory = _ => "services" };
        host.AcceptOnlyFromAmong("services", Embedded);
        var json = MeasurementReport.JsonOption();
        var command = new Command("chains", Help) { host, kills, seed, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(host) == Embedded)
            {
                using var folder = new TemporaryFolder();
                var laboratory = new EmbeddedChains(new DataFolder(folder["data"]), Recipe);
                return await laboratory.RunAsync(parse.GetValue(kills), new Random(parse.GetValue(seed)), parse.GetValue(json), cancellationToken);
            }

            await using var measured = await MeasuredServices.StartAsync(cancellationToken);
            return await RunAsync(measured, parse.GetValue(kills), new Random(parse.GetValue(seed)), parse.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(MeasuredServices measured, int kills, Random random, string? json, CancellationToken cancellationToken)
    {
        var trainer = await measured.Services.StartTrainerAsync(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        var undisturbed = await SubmitAsync(measured, "undisturbed", cancellationToken);
        await measured.WaitForEndAsync(undisturbed, s_timeout, cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        MeasuredServices.Log($"undisturbed: {took:m\\:ss}");

        var killed = await SubmitAsync(measured, "killed", cancellationToken);
        List<string> moments = [];
        while (moments.Count < kills && await IsActiveAsync(measured, killed, cancellationToken))
        {
            await Task.Delay(random.Next(1000, 20_000), cancellationToken);
            var running = (await measured.Services.Store.ListRunsAsync(killed, cancellationToken)).Where(run => run.Status == RunStatus.Running);
            moments.Add(string.Join(" and ", running.Select(run => run.Id.Name).DefaultIfEmpty("between runs")));
            await trainer.KillWithAttemptsAsync();
            MeasuredServices.Log($"kill {moments.Count} of {kills}: {moments[^1]}");
            trainer = await measured.Services.StartTrainerAsync(cancellationToken);
        }

        await measured.WaitForEndAsync(killed, s_timeout, cancellationToken);
        return await CompareAsync(
            "kill -9 of a trainer with its attempts",
            kills,
            moments,
            new ExperimentFolder(measured.Services.Data.Experiment(undisturbed)),
            new ExperimentFolder(measured.Services.Data.Experiment(killed)),
            json,
            cancellationToken);
    }

    /// <summary>Compares an experiment that was killed with an undisturbed one, and prints the result.</summary>
    /// <param name="title">What was killed.</param>
    /// <param name="kills">Number of kills asked for.</param>
    /// <param name="moments">What was running at each kill.</param>
    /// <param name="expected">The undisturbed experiment.</param>
    /// <param name="actual">The other one.</param>
    /// <param name="json">File of the results; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait for the report of an experiment.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> CompareAsync(
        string title,
        int kills,
        IReadOnlyList<string> moments,
        ExperimentFolder expected,
        ExperimentFolder actual,
        string? json,
        CancellationToken cancellationToken)
    {
        var sameTable = await TableAsync(expected, cancellationToken) == await TableAsync(actual, cancellationToken);
        var files = Files(expected);
        var different = files.Except(Files(actual)).Select(file => file.Name).ToList();

        var report = new MeasurementReport("chains");
        report.Add(title, $"{moments.Count}: {string.Join(", ", moments)}");
        report.Add("runs", $"{expected.Runs().Count}, of them {actual.Runs().Count(run => run.Load().Attempts.Count > 1)} with more than one attempt");
        report.Add("files of run folders with the same bytes", $"{files.Count - different.Count} of {files.Count}");
        foreach (var name in different)
        {
            report.Add("DIFFERENT", name);
        }

        report.AddTarget($"{kills} kills", moments.Count == kills);
        report.AddTarget("the same easyHard in results.json", sameTable);
        report.AddTarget("the same curves, indices and models", different.Count == 0 && files.Count > 0);
        return report.Write(json);
    }

    private static async Task<string> SubmitAsync(MeasuredServices measured, string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(measured.Services.Data.Root, $"{name}.json");
        await File.WriteAllTextAsync(file, Recipe, cancellationToken);
        var submitted = await measured.Services.ClientAsync(cancellationToken, "submit", file, "--json");
        return submitted.ExitCode == 0
            ? JsonDocument.Parse(submitted.Output).RootElement.GetProperty("experiment").GetString()!
            : throw new InvalidOperationException($"submit exited with {submitted.ExitCode}: {submitted.Output}");
    }

    private static async Task<bool> IsActiveAsync(MeasuredServices measured, string id, CancellationToken cancellationToken) =>
        await measured.ReadStoreAsync(store => store.FindExperimentAsync(id, cancellationToken)) is not { } experiment || !experiment.Status.IsOver();

    // The report is written just after the experiment has ended.
    private static async Task<string> TableAsync(ExperimentFolder folder, CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); !File.Exists(folder.Results); await Task.Delay(200, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(1))
            {
                throw new UserErrorException($"{folder.Results} was not written.");
            }
        }

        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Results, cancellationToken));
        return results.RootElement.GetProperty("easyHard") is { } table && table.GetArrayLength() > 0
            ? table.GetRawText()
            : throw new UserErrorException($"{folder.Results} has no complete seed in easyHard.");
    }

    private static List<(string Name, string Content)> Files(ExperimentFolder folder) =>
    [
        .. folder.Runs().SelectMany(run => Directory.EnumerateFiles(run.Path, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".csv" or ".npy" || Path.GetFileName(file) == "model.safetensors")
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetRelativePath(folder.Path, file), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))))),
    ];
}
