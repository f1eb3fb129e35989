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

    private const string Program = "Cgh.Standalone";

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
            CreateResume(data, port),
        };
        root.SetAction(async (parsed, cancellationToken) =>
        {
            await using var host = await StandaloneHost.StartAsync(DataFolder.Resolve(parsed.GetValue(data)), Given(parsed, port), cancellationToken);
            AnnounceAddress(host);
            await AnnounceInterruptedAsync(host, cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
            AnnounceStop(await host.ActiveExperimentsAsync());
            return 0;
        });
        return root;
    }

    private static Command CreateRun(Option<string?> data, Option<int> port)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "Recipe file, such as recipes/demo.json." };
        var exit = Exit();
        var run = new Command("run", "Runs a recipe, shows its progress here and in the dashboard, and keeps serving after it has ended.")
        {
            recipe,
            exit,
        };
        run.SetAction((parsed, cancellationToken) =>
        {
            // Loaded first, so that an invalid recipe starts nothing.
            var loaded = Recipe.Load(parsed.GetValue(recipe)!);
            return FollowAsync(
                DataFolder.Resolve(parsed.GetValue(data)),
                Given(parsed, port),
                parsed.GetValue(exit),
                async (host, stop) =>
                {
                    await AnnounceInterruptedAsync(host, stop);
                    return await host.Submitter.SubmitAsync(loaded, stop);
                },
                cancellationToken);
        });
        return run;
    }

    private static Command CreateResume(Option<string?> data, Option<int> port)
    {
        var experiment = new Argument<string>("EXPERIMENT") { Description = "Id of the experiment, which is the name of its folder." }.MustNotBeEmpty();
        var exit = Exit();
        var resume = new Command(ResumeAdvice.Verb, ResumeAdvice.Help) { experiment, exit };
        resume.SetAction((parsed, cancellationToken) =>
        {
            var folder = DataFolder.Resolve(parsed.GetValue(data));
            var id = ResumeAdvice.CheckExists(folder, parsed.GetValue(experiment)!);
            return FollowAsync(
                folder,
                Given(parsed, port),
                parsed.GetValue(exit),
                async (host, stop) =>
                {
                    await host.Rebuilt.WaitAsync(stop);
                    await host.Submitter.ResumeExperimentAsync(id, stop);
                    return id;
                },
                cancellationToken);
        });
        return resume;
    }

    private static Option<bool> Exit() => new("--exit") { Description = "Exit when the experiment has ended; the exit code is 0 if every run completed." };

    private static async Task<int> FollowAsync(
        DataFolder data, int? port, bool exit, Func<StandaloneHost, CancellationToken, Task<string>> start, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> active = [];
        try
        {
            await using var host = await StandaloneHost.StartAsync(data, port, cancellationToken);
            try
            {
                AnnounceAddress(host);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.Stopping);
                var completed = await new RecipeRun(host.Store, host.Data, s_console).RunAsync(stop => start(host, stop), ended.Token);
                if (!exit)
                {
                    s_console.MarkupLineInterpolated($"Still serving at [link]{host.Address}[/]. Press Ctrl-C to stop.");
                    await host.WaitForShutdownAsync(cancellationToken);
                }

                return completed ? 0 : 1;
            }
            catch (OperationCanceledException)
            {
                active = await host.ActiveExperimentsAsync();
                throw;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            AnnounceStop(active);
            throw;
        }
    }

    private static int? Given(ParseResult parsed, Option<int> port) => parsed.GetResult(port) is null ? null : parsed.GetValue(port);

    private static void AnnounceStop(IReadOnlyList<string> active) => s_console.WriteLine(ResumeAdvice.AtStop(active, Program));

    private static async Task AnnounceInterruptedAsync(StandaloneHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.Rebuilt.WaitAsync(cancellationToken);
            if (await ResumeAdvice.AtStartAsync(host.Store, Program, cancellationToken) is { } advice)
            {
                s_console.WriteLine(advice);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || host.Stopping.IsCancellationRequested)
        {
            // Stopped meanwhile: the caller ends as it does at any other moment, a host that only serves with exit code 0.
        }
    }

    private static void AnnounceAddress(StandaloneHost host)
    {
        s_console.MarkupLineInterpolated($"Laboratory: [link]{host.Address}[/]");
        s_console.MarkupLineInterpolated($"Data folder: {host.Data.Root}");
    }
}
