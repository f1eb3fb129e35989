using System.CommandLine;
using Cgh.Core.Experiments;

namespace Cgh.Client.Commands;

/// <summary><c>submit RECIPE</c>: an experiment for the services.</summary>
public static class SubmitCommand
{
    private static string Help(string program) => $"""
        Hands a recipe to the services: DataPrep makes its dataset where it is missing, trainers take its runs from the queue.
        The recipe is checked first; nothing is sent of one that cannot be run. A relative dataset.source is taken from the
        folder that this command runs in. Stopping this command stops nothing: see 'cancel' and 'pause'.

        {ServerOptions.Help}

        Examples:
          {program} submit recipes/demo.json --broker amqp://guest:guest@localhost:5672 --store localhost:6379 --wait
          id=$({program} submit recipes/demo.json --json | jq -r .experiment)

        {ExitCodes.Help}
        """;

    /// <param name="program">The program that has this command, as its help names it.</param>
    public static Command Create(string program)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe's file, such as recipes/demo.json." };
        var servers = new ServerOptions();
        var priority = new Option<int?>("--priority")
        {
            Description = $"{Recipe.LowestPriority} to {Recipe.HighestPriority}: trainers take the runs of the highest first. Default: the recipe's, else {Recipe.DefaultPriority}.",
        };
        var wait = new Option<bool>("--wait") { Description = "Show how it goes, and end when it is over." };
        var timeout = ExperimentWatcher.TimeoutOption();
        var json = ExperimentWatcher.JsonOption();
        var command = new Command("submit", Help(program)) { recipe };
        servers.AddTo(command, broker: true);
        command.Options.Add(priority);
        command.Options.Add(wait);
        command.Options.Add(timeout);
        command.Options.Add(json);
        ExperimentWatcher.RequireWait(command, timeout, wait);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var asked = Located(Recipe.Load(parse.GetRequiredValue(recipe)));
            if (parse.GetValue(priority) is { } given)
            {
                asked = asked with { Priority = Recipe.CheckPriority(given) };
            }

            await using var client = await LaboratoryClient.ConnectAsync(servers.Store(parse), servers.Broker(parse), cancellationToken);
            var target = new Target(await client.CommandAsync((submitter, limit) => submitter.SubmitAsync(asked, limit), cancellationToken), Run: null);
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
                Console.WriteLine($"See how it goes with: {program} status {target} --watch");
            }

            return ExitCodes.Completed;
        });
        return command;
    }

    // A relative path would be taken from wherever DataPrep happens to run.
    private static Recipe Located(Recipe recipe) =>
        recipe.Dataset.Source is { } source ? recipe with { Dataset = recipe.Dataset with { Source = Path.GetFullPath(source) } } : recipe;
}
