using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Experiments;

namespace Cgh.Client.Commands;

/// <summary><c>submit RECIPE</c>: sends an experiment to the services.</summary>
public static class SubmitCommand
{
    private static string Help(string program) => $"""
        Sends a recipe to the services: DataPrep prepares the dataset if it does not exist, trainers take the runs from the
        queue. The recipe is checked first; an invalid one is not sent. A relative dataset.source is resolved against the
        working directory of this command. Interrupting this command does not stop the experiment; use 'cancel' or 'pause'.

        {ServerOptions.Help}

        Examples:
          {program} submit recipes/demo.json --broker amqp://guest:guest@localhost:5672 --store localhost:6379 --wait
          id=$({program} submit recipes/demo.json --json | jq -r .experiment)

        {ExitCodes.Help}
        """;

    /// <param name="program">Name of the program, for the examples in the help text.</param>
    public static Command Create(string program)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe file, such as recipes/demo.json." };
        var servers = new ServerOptions();
        var priority = new Option<int?>("--priority")
        {
            Description = $"{Recipe.LowestPriority} to {Recipe.HighestPriority}; trainers take runs with the highest priority first. "
                + $"Default: the recipe's priority, or {Recipe.DefaultPriority} if it has none.",
        }.MustBeBetween(Recipe.LowestPriority, Recipe.HighestPriority);
        var wait = new Option<bool>("--wait") { Description = "Follow the progress until the experiment ends." };
        var timeout = ExperimentWatcher.TimeoutOption();
        var json = ExperimentWatcher.JsonOption();
        var command = new Command("submit", Help(program)) { recipe };
        servers.AddTo(command, broker: true);
        command.Options.Add(priority);
        command.Options.Add(wait);
        command.Options.Add(timeout);
        command.Options.Add(json);
        ExperimentWatcher.RequireWait(command, timeout, wait);
        command.SetAction((parse, cancellationToken) => StoreFailure.ReportAsync(async () =>
        {
            var request = Recipe.Load(parse.GetRequiredValue(recipe)).WithAbsoluteSource();
            if (parse.GetValue(priority) is { } given)
            {
                request = request with { Priority = given };
            }

            await using var client = await LaboratoryClient.ConnectAsync(servers.Store(parse), servers.Broker(parse), cancellationToken);
            var target = new Target(await client.CommandAsync((submitter, limit) => submitter.SubmitAsync(request, limit), cancellationToken), Run: null);
            if (parse.GetValue(wait))
            {
                if (!parse.GetValue(json))
                {
                    Console.WriteLine($"Experiment: {target}");
                }

                return await ExperimentWatcher.WaitAsync(client.Store, target, parse.GetValue(json), parse.GetValue(timeout), program, cancellationToken);
            }

            if (parse.GetValue(json))
            {
                ExperimentWatcher.Print(await target.FindAsync(client.Store, cancellationToken), target, json: true);
            }
            else
            {
                Console.WriteLine($"Experiment: {target}");
                Console.WriteLine($"Follow its progress with: {program} watch {target}");
            }

            return ExitCodes.Completed;
        }));
        return command;
    }
}
