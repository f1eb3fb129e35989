using System.CommandLine;
using Cgh.AppHost.Infrastructure;
using Cgh.Client;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.AppHost;

/// <summary>
/// The command line, with the commands of Cgh.Standalone. Other arguments are passed to Aspire: settings (<c>--Trainers:Replicas 2</c>) and the
/// publishing options of its tools.
/// </summary>
internal static class LaboratoryCommand
{
    private const string Help = $"""
        Starts the laboratory and Aspire's dashboard for its logs, traces and metrics. Without a command it serves until stopped.

        Settings, as --NAME VALUE or as environment variables (Trainers__Replicas=2):
          {InfrastructureChoice.Setting}      where Redis and RabbitMQ come from. Default: Existing if ConnectionStrings:redis and
                                   ConnectionStrings:messaging are set; else Containers if Docker or Podman answers; else Embedded: none
                                   are needed, one process runs all services. Executables: this machine's redis-server and rabbitmq-server
          Trainers:Replicas        number of trainers on this machine, each with its own GPU if available. Default: 1
          Parameters:datasets      folder of the datasets. Default: datasets in the data folder
          Parameters:experiments   folder of the experiments. Default: experiments in the data folder
        """;

    private static readonly Option<string?> s_data = Data();

    private static readonly Option<int> s_port = new("--port")
    {
        Description = "Port of the laboratory's pages; if it is in use, the next free port.",
        DefaultValueFactory = _ => LaboratoryOptions.DefaultPort,
        Recursive = true,
    };

    private static readonly Option<bool> s_noDashboard = new("--no-dashboard") { Description = "Do not start Aspire's dashboard.", Recursive = true };

    public static RootCommand Create()
    {
        var root = new RootCommand(Help) { s_data, s_port, s_noDashboard, CreateRun(), CreateResume() };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((parsed, cancellationToken) => LaboratoryHost.RunAsync(Arguments(parsed), cancellationToken));
        return root;
    }

    private static Option<string?> Data()
    {
        var data = CommandLine.DataOption();
        data.Recursive = true;
        return data;
    }

    private static Command CreateRun()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "Recipe file, such as recipes/demo.json." };
        var exit = Exit();
        var run = new Command("run", "Runs a recipe, shows its progress here and on the laboratory's pages, and keeps serving after it has ended.")
        {
            recipe,
            exit,
        };
        run.TreatUnmatchedTokensAsErrors = false;
        run.SetAction((parsed, cancellationToken) =>
        {
            // Loaded first, so that an invalid recipe starts nothing.
            var loaded = Recipe.Load(parsed.GetValue(recipe)!);
            return LaboratoryHost.RunAsync(Arguments(parsed) with { Recipe = loaded.WithAbsoluteSource(), Exit = parsed.GetValue(exit) }, cancellationToken);
        });
        return run;
    }

    private static Command CreateResume()
    {
        var experiment = new Argument<string>("EXPERIMENT") { Description = "Id of the experiment, which is the name of its folder." }.MustNotBeEmpty();
        var exit = Exit();
        var resume = new Command(ResumeAdvice.Verb, ResumeAdvice.Help) { experiment, exit };
        resume.TreatUnmatchedTokensAsErrors = false;
        resume.SetAction((parsed, cancellationToken) => LaboratoryHost.RunAsync(
            Arguments(parsed) with { Experiment = parsed.GetValue(experiment), Exit = parsed.GetValue(exit) }, cancellationToken));
        return resume;
    }

    private static Option<bool> Exit() => new("--exit") { Description = "Exit when the experiment has ended; the exit code is 0 if every run completed." };

    private static LaboratoryArguments Arguments(ParseResult parsed) => new()
    {
        Data = DataFolder.Resolve(parsed.GetValue(s_data)),
        Port = parsed.GetValue(s_port),
        Dashboard = !parsed.GetValue(s_noDashboard),
        ForAspire = [.. parsed.UnmatchedTokens],
    };
}
