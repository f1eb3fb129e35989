using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Spectre.Console;

namespace Cgh.AppHost.OneProcess;

/// <summary>The command line of the one-process host: serve, or run a recipe and serve.</summary>
internal static class HostCommand
{
    // A file or a pipe has no width to keep to: a wrapped line would be two for whoever reads it.
    private const int UnwrappedWidth = 200;

    private const string Stopped = "Stopped. A run that was training has written a checkpoint: start the laboratory again and resume it on its experiment's page.";

    public static RootCommand Create()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = UnwrappedWidth;
        }

        var data = new Option<string?>("--data")
        {
            Description = "The folder that everything is kept in; else CGH_DATA, else data/ in the working directory.",
            Recursive = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port of the dashboard; the next free one is taken when it is in use.",
            DefaultValueFactory = _ => OneProcessHost.DefaultPort,
            Recursive = true,
        };
        port.MustBeBetween(1, 65535);

        var root = new RootCommand(
            "The laboratory in one process: dashboard, data preparation and trainers, with an embedded store and bus. "
                + "Without a command it serves the dashboard, which offers the demo as one click.")
        {
            data,
            port,
            CreateRun(data, port),
        };
        root.SetAction(async (parsed, stop) =>
        {
            await using var host = await OneProcessHost.StartAsync(DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), stop);
            AnnounceAddress(host);
            await host.WaitForShutdownAsync(stop);
            AnsiConsole.WriteLine(Stopped);
            return 0;
        });
        return root;
    }

    private static Command CreateRun(Option<string?> data, Option<int> port)
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe's file, such as recipes/demo.json." };
        var exit = new Option<bool>("--exit") { Description = "End when the recipe has ended, with code 0 only if every run completed." };
        var run = new Command("run", "Run a recipe, show its progress here and in the dashboard, write its report, and go on serving.")
        {
            recipe,
            exit,
        };
        run.SetAction(async (parsed, stop) =>
        {
            // Before anything starts: a recipe that cannot be run leaves nothing behind.
            var loaded = Recipe.Load(parsed.GetValue(recipe)!);
            try
            {
                await using var host = await OneProcessHost.StartAsync(DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), stop);
                return await RunAsync(host, loaded, parsed.GetValue(exit), stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                AnsiConsole.WriteLine(Stopped);
                throw;
            }
        });
        return run;
    }

    private static async Task<int> RunAsync(OneProcessHost host, Recipe recipe, bool exit, CancellationToken stop)
    {
        AnnounceAddress(host);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, host.Stopping);
        var completed = await new RecipeRun(host.Store, host.Submitter, host.Data, AnsiConsole.Console).RunAsync(recipe, ended.Token);
        if (!exit)
        {
            AnsiConsole.MarkupLineInterpolated($"Still serving at [link]{host.Address}[/]. Ctrl-C ends it.");
            await host.WaitForShutdownAsync(stop);
        }

        return completed ? 0 : 1;
    }

    private static void AnnounceAddress(OneProcessHost host)
    {
        AnsiConsole.MarkupLineInterpolated($"Dashboard: [link]{host.Address}[/]");
        AnsiConsole.MarkupLineInterpolated($"Data folder: {host.Data.Root}");
    }
}
