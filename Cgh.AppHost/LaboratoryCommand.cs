using System.CommandLine;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.AppHost;

/// <summary>
/// The command line of the Aspire host, with the same commands as the single-process host. Other arguments are passed to Aspire: settings
/// (<c>--Trainers:Replicas 2</c>) and the publishing options of its tools.
/// </summary>
internal static class LaboratoryCommand
{
    public static RootCommand Create()
    {
        var data = new Option<string?>("--data")
        {
            Description = "Data folder (default: CGH_DATA, else data/ in the working directory).",
            Recursive = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port of the dashboard.",
            DefaultValueFactory = _ => LaboratoryOptions.DefaultPort,
            Recursive = true,
        };
        var root = new RootCommand("""
            The laboratory as separate processes, run by Aspire: Redis, RabbitMQ, data preparation, trainers and the dashboard, with
            the Aspire dashboard for logs, traces and metrics. Without a command it serves until stopped.

            Settings, as --NAME VALUE or as environment variables (Trainers__Replicas=2):
              Trainers:Replicas        number of trainers on this machine, each with its own GPU if available (default 1)
              Infrastructure:Mode      Containers (default), Existing (the servers in ConnectionStrings:redis and
                                       ConnectionStrings:messaging) or Executables (this machine's redis-server and rabbitmq-server)
              Parameters:datasets      folder of the datasets (default: datasets/ in the data folder)
              Parameters:experiments   folder of the experiments (default: experiments/ in the data folder)
            """)
        {
            data,
            port,
            CreateRun(data, port),
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parsed, cancellationToken) => LaboratoryHost.RunAsync(
            new LaboratoryArguments(DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), Recipe: null, Exit: false, [.. parsed.UnmatchedTokens]),
            cancellationToken));
        return root;
    }

    private static Command CreateRun(Option<string?> data, Option<int> port)
    {
        var recipe = new Argument<string>("recipe") { Description = "Recipe file, such as recipes/demo.json." };
        var exit = new Option<bool>("--exit") { Description = "Exit when the experiment has ended; the exit code is 0 if every run completed." };
        var run = new Command(
            "run", "Submit a recipe once the services are healthy, show its progress here and in the dashboard, and keep serving after it has ended.")
        {
            recipe,
            exit,
        };
        run.TreatUnmatchedTokensAsErrors = false;
        run.SetAction((parsed, cancellationToken) =>
        {
            // Loaded first, so that an invalid recipe starts nothing.
            var file = Path.GetFullPath(parsed.GetValue(recipe)!);
            Recipe.Load(file);
            var arguments = new LaboratoryArguments(
                DataFolder.Resolve(parsed.GetValue(data)), parsed.GetValue(port), file, parsed.GetValue(exit), [.. parsed.UnmatchedTokens]);
            return LaboratoryHost.RunAsync(arguments, cancellationToken);
        });
        return run;
    }
}
