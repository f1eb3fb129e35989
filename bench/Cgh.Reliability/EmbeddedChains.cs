using System.Reflection;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary>The measurement of <see cref="ChainsCommand"/> with all services in one process.</summary>
/// <param name="data">The data folder.</param>
/// <param name="recipe">The recipe as text.</param>
internal sealed class EmbeddedChains(DataFolder data, string recipe)
{
    private const string Started = "Experiment: ";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(30);

    public async Task<int> RunAsync(int kills, Random random, string? json, CancellationToken cancellationToken)
    {
        await using (var undisturbed = Start("run", Written("undisturbed")))
        {
            await EndAsync(undisturbed, cancellationToken);
        }

        MeasuredServices.Log("the undisturbed experiment has ended");
        List<string> moments = [];
        var host = Start("run", Written("killed"));
        try
        {
            var id = await IdAsync(host, cancellationToken);
            while (moments.Count < kills)
            {
                await Task.Delay(random.Next(1000, 20_000), cancellationToken);
                if (host.HasExited)
                {
                    break;
                }

                var running = Experiment(id).Runs().Where(run => run.Load().Status == RunStatus.Running).Select(run => Path.GetFileName(run.Path));
                moments.Add(string.Join(" and ", running.DefaultIfEmpty("between runs")));
                await host.KillAllAsync();
                await host.DisposeAsync();
                MeasuredServices.Log($"kill {moments.Count} of {kills}: {moments[^1]}");
                host = Start("resume", id);
                await IdAsync(host, cancellationToken);
            }

            await EndAsync(host, cancellationToken);
            return await ChainsCommand.CompareAsync(
                "kill -9 of the single process with its attempts", kills, moments, Experiment("undisturbed-"), Experiment(id), json, cancellationToken);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    private static async Task EndAsync(ChildProcess host, CancellationToken cancellationToken)
    {
        if (await host.WaitForExitAsync(s_timeout, cancellationToken) is not 0 and var exitCode)
        {
            throw new InvalidOperationException($"The laboratory exited with {exitCode}: {host.Output}");
        }
    }

    // It says so as soon as the runs are queued.
    private static async Task<string> IdAsync(ChildProcess host, CancellationToken cancellationToken)
    {
        await host.WaitUntilAsync(() => Task.FromResult(Lines().Any()), TimeSpan.FromMinutes(2), cancellationToken);
        return Lines().First()[Started.Length..];

        IEnumerable<string> Lines() =>
            host.Output.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith(Started, StringComparison.Ordinal));
    }

    private ChildProcess Start(string command, string argument) => ChildProcess.Start(
        "dotnet",
        [Program(), command, argument, "--exit", "--data", data.Root],
        new Dictionary<string, string?> { ["ConnectionStrings__redis"] = null, ["ConnectionStrings__messaging"] = null });

    private static string Program() => typeof(EmbeddedChains).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Cgh.StandaloneProgram").Value!;

    private ExperimentFolder Experiment(string prefix) =>
        new(Directory.GetDirectories(data.Experiments).Single(folder => Path.GetFileName(folder).StartsWith(prefix, StringComparison.Ordinal)));

    private string Written(string name)
    {
        Directory.CreateDirectory(data.Root);
        var file = Path.Combine(data.Root, $"{name}.json");
        File.WriteAllText(file, recipe);
        return file;
    }
}
