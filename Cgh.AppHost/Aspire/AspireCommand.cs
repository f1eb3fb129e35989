using System.CommandLine;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.AppHost.Aspire;

/// <summary>
/// The command line of the Aspire host: the same words as in one process. What it does not know goes to Aspire, which reads
/// settings (<c>--Trainers:Replicas 2</c>) and, from its own tools, what to publish.
/// </summary>
internal static class AspireCommand
{
    public static RootCommand Create()
    {
        var data = new Option<string?>("--data")
        {
            Description = "The folder that everything is kept in; else CGH_DATA, else data/ in the working directory.",
            Recursive = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port of the laboratory's dashboard.",
            DefaultValueFactory = _ => LaboratoryOptions.DefaultPort,
            Recursive = true,
        };
        var root = new RootCommand("""
            The laboratory as separate processes, wired by Aspire: Redis, RabbitMQ, data preparation, trainers and the dashboard, with
            Aspire's own dashboard for logs, traces and metrics. Without a command it serves until it is stopped.

            Settings, as --NAME VALUE or in the environment (Trainers__Replicas=2):
              Trainers:Replicas        trainers on this machine, each with a GPU of its own while there are any (default 1)
              Infrastructure:Mode      Containers (default), Existing (ConnectionStrings:redis and ConnectionStrings:messaging name
                                       the servers) or Executables (redis-server and rabbitmq-server of this machine)
              Parameters:datasets      folder of the datasets (default: datasets/ in the data folder)
              Parameters:experiments   folder of the experiments (default: experiments/ in the data folder)
            """)
        {
            data,
            port,
            CreateRun(data, port),
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parsed, stop) => AspireHost.RunAsync(
            new LaboratoryArguments(DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), Recipe: null, Exit: false, [.. parsed.UnmatchedTokens]),
            stop));
        return root;
    }

    private static Command CreateRun(Option<string?> data, Option<int> port)
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe's file, such as recipes/demo.json." };
        var exit = new Option<bool>("--exit") { Description = "End when the recipe has ended, with code 0 only if every run completed." };
        var run = new Command("run", "Submit a recipe as soon as the services are healthy, show its progress here and in the dashboard, and go on serving.")
        {
            recipe,
            exit,
        };
        run.TreatUnmatchedTokensAsErrors = false;
        run.SetAction((parsed, stop) =>
        {
            // Before anything starts: a recipe that cannot be run leaves nothing behind.
            var file = Path.GetFullPath(parsed.GetValue(recipe)!);
            Recipe.Load(file);
            return AspireHost.RunAsync(
                new LaboratoryArguments(DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), file, parsed.GetValue(exit), [.. parsed.UnmatchedTokens]),
                stop);
        });
        return run;
    }
}
