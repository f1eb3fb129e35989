using System.CommandLine;
using Cgh.Client;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Spectre.Console;

namespace Cgh.Standalone;

/// <summary>The command line of the single-process host: serve, or run a recipe and serve.</summary>
internal static class HostCommand
{
    private static readonly IAnsiConsole s_console = Terminal.Unwrapped();

    private const string ResumeHint = "Running runs have written a checkpoint; restart the laboratory and resume them on the experiment's page.";

    public static RootCommand Create()
    {
        var data = Cgh.Core.CommandLine.DataOption();
        data.Recursive = true;
        var port = new Option<int>("--port")
        {
            Description = $"Port of the pages; if it is in use, the next free port. Default: ASPNETCORE_URLS, else {StandaloneHost.DefaultPort}.",
            Recursive = true,
        };
        port.MustBeBetween(1, 65535);

        var root = new RootCommand(
            "Runs the laboratory in a single process: dashboard, data preparation and trainers, with an embedded run store and bus. "
                + "Without a command it serves the dashboard, where the demo starts with one click.")
        {
            data,
            port,
            CreateRun(data, port),
        };
        root.SetAction(async (parsed, cancellationToken) =>
        {
            await using var host = await StandaloneHost.StartAsync(DataFolder.Resolve(parsed.GetValue(data)), Given(parsed, port), cancellationToken);
            AnnounceAddress(host);
            await host.WaitForShutdownAsync(cancellationToken);
            AnnounceStop(await host.HasActiveExperimentsAsync());
            return 0;
        });
        return root;
    }

    private static Command CreateRun(Option<string?> data, Option<int> port)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "Recipe file, such as recipes/demo.json." };
        var exit = new Option<bool>("--exit") { Description = "Exit when the experiment has ended; the exit code is 0 if every run completed." };
        var run = new Command("run", "Runs a recipe, shows its progress here and in the dashboard, and keeps serving after it has ended.")
        {
            recipe,
            exit,
        };
        run.SetAction(async (parsed, cancellationToken) =>
        {
            // Loaded first, so that an invalid recipe starts nothing.
            var loaded = Recipe.Load(parsed.GetValue(recipe)!);
            var isActive = false;
            try
            {
                await using var host = await StandaloneHost.StartAsync(DataFolder.Resolve(parsed.GetValue(data)), Given(parsed, port), cancellationToken);
                try
                {
                    return await RunAsync(host, loaded, parsed.GetValue(exit), cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    isActive = await host.HasActiveExperimentsAsync();
                    throw;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                AnnounceStop(isActive);
                throw;
            }
        });
        return run;
    }

    private static int? Given(ParseResult parsed, Option<int> port) => parsed.GetResult(port) is null ? null : parsed.GetValue(port);

    private static async Task<int> RunAsync(StandaloneHost host, Recipe recipe, bool exit, CancellationToken cancellationToken)
    {
        AnnounceAddress(host);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.Stopping);
        var completed = await new RecipeRun(host.Store, host.Data, s_console).RunAsync(stop => host.Submitter.SubmitAsync(recipe, stop), ended.Token);
        if (!exit)
        {
            s_console.MarkupLineInterpolated($"Still serving at [link]{host.Address}[/]. Press Ctrl-C to stop.");
            await host.WaitForShutdownAsync(cancellationToken);
        }

        return completed ? 0 : 1;
    }

    private static void AnnounceStop(bool wasActive) => s_console.WriteLine(wasActive ? $"Stopped. {ResumeHint}" : "Stopped.");

    private static void AnnounceAddress(StandaloneHost host)
    {
        s_console.MarkupLineInterpolated($"Laboratory: [link]{host.Address}[/]");
        s_console.MarkupLineInterpolated($"Data folder: {host.Data.Root}");
    }
}
