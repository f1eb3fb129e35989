using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client.Commands;

/// <summary><c>status [EXPERIMENT|EXPERIMENT/RUN]</c>: shows experiments, runs and rejected messages.</summary>
public static class StatusCommand
{
    private static string Help(string program) => $"""
        Shows the status of an experiment or a run. Without a name, lists the newest experiments and the messages that the
        services rejected. With --watch, follows the experiment or run until it ends, as 'watch' does.

        {ServerOptions.Help}

        Examples:
          {program} status
          {program} status demo-20260101-120000
          {program} status demo-20260101-120000/rm3 --json | jq -r .runs[0].status

        {ExitCodes.Help}
        """;

    /// <param name="program">Name of the program, for the examples in the help text.</param>
    public static Command Create(string program)
    {
        var name = Target.Argument();
        name.Arity = ArgumentArity.ZeroOrOne;
        var servers = new ServerOptions();
        var watch = new Option<bool>("--watch") { Description = "Follow the progress until the end." };
        var timeout = ExperimentWatcher.TimeoutOption();
        var json = ExperimentWatcher.JsonOption();
        var max = MaxOption("--max");

        // The former name of --max, kept for one version.
        var most = MaxOption("--most");
        most.Hidden = true;
        var command = new Command("status", Help(program)) { name };
        servers.AddTo(command, broker: false);
        command.Options.Add(watch);
        command.Options.Add(timeout);
        command.Options.Add(json);
        command.Options.Add(max);
        command.Options.Add(most);
        command.Validators.Add(result =>
        {
            if (result.GetValue(watch) && result.GetResult(name) is not { Tokens.Count: > 0 })
            {
                result.AddError("--watch needs an experiment or a run. 'status' without arguments lists the experiments.");
            }
        });
        ExperimentWatcher.RequireWait(command, timeout, watch);
        command.SetAction((parse, cancellationToken) => StoreFailure.ReportAsync(async () =>
        {
            var target = parse.GetValue(name) is { } id ? Target.Parse(id) : null;
            await using var client = await LaboratoryClient.ConnectAsync(servers.Store(parse));
            await client.WarnIfReadOnlyAsync();
            if (target is null)
            {
                var given = parse.GetResult(most) is { Implicit: false } ? most : max;
                await ListAsync(client.Store, parse.GetValue(given), parse.GetValue(json), program, cancellationToken);
                return ExitCodes.Completed;
            }

            var snapshot = await target.FindAsync(client.Store, cancellationToken);
            if (parse.GetValue(watch))
            {
                return await ExperimentWatcher.WaitAsync(client.Store, target, parse.GetValue(json), parse.GetValue(timeout), program, cancellationToken);
            }

            ExperimentWatcher.Print(snapshot, target, parse.GetValue(json));
            return ExitCodes.Completed;
        }));
        return command;
    }

    /// <summary><c>watch</c>: the same as <c>status --watch</c>.</summary>
    /// <param name="program">Name of the program, for the examples in the help text.</param>
    public static Command CreateWatch(string program)
    {
        var name = Target.Argument();
        var servers = new ServerOptions();
        var timeout = ExperimentWatcher.TimeoutOption();
        var json = ExperimentWatcher.JsonOption();
        var command = new Command("watch", WatchHelp(program)) { name };
        servers.AddTo(command, broker: false);
        command.Options.Add(timeout);
        command.Options.Add(json);
        command.SetAction((parse, cancellationToken) => StoreFailure.ReportAsync(async () =>
        {
            var target = Target.Parse(parse.GetRequiredValue(name));
            await using var client = await LaboratoryClient.ConnectAsync(servers.Store(parse));
            await client.WarnIfReadOnlyAsync();
            await target.FindAsync(client.Store, cancellationToken);
            return await ExperimentWatcher.WaitAsync(client.Store, target, parse.GetValue(json), parse.GetValue(timeout), program, cancellationToken);
        }));
        return command;
    }

    private static string WatchHelp(string program) => $"""
        Follows an experiment or a run until it ends; the exit code reports the outcome. The same as 'status --watch'.

        {ServerOptions.Help}

        Examples:
          {program} watch demo-20260101-120000 --timeout 2h
          {program} watch demo-20260101-120000/rm3

        {ExitCodes.Help}
        """;

    private static Option<int> MaxOption(string name) => new Option<int>(name)
    {
        Description = "Without a name: the number of experiments to list, newest first.",
        DefaultValueFactory = _ => 20,
    }.MustBeBetween(1);

    private static async Task ListAsync(IRunStore store, int max, bool json, string program, CancellationToken cancellationToken)
    {
        var experiments = new List<ExperimentSummary>();
        foreach (var experiment in await store.ListExperimentsAsync(max, cancellationToken))
        {
            var runs = await store.ListRunsAsync(experiment.Id, cancellationToken);
            experiments.Add(new ExperimentSummary(
                experiment.Id,
                experiment.Status,
                experiment.Error,
                experiment.Created,
                experiment.Ended,
                runs.CountBy(run => run.Status).OrderBy(pair => pair.Key).ToDictionary()));
        }

        var rejected = await store.ListRejectedMessagesAsync(cancellationToken: cancellationToken);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new Summary(experiments, rejected, rejected), CghJson.Line));
            return;
        }

        if (experiments.Count == 0)
        {
            Console.WriteLine($"There are no experiments yet. Start one with: {program} submit RECIPE");
        }
        else
        {
            var console = Terminal.Unwrapped();
            console.Write(Table(experiments));
        }

        foreach (var message in rejected)
        {
            var time = message.When.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            Console.WriteLine($"Rejected message: {time} {message.Queue} {message.What}: {message.Reason}");
        }
    }

    private static Table Table(List<ExperimentSummary> experiments)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("experiment", "status", "runs", "error");
        foreach (var experiment in experiments)
        {
            table.AddRow(
                Markup.Escape(experiment.Experiment),
                experiment.Status.ToString().ToLowerInvariant(),
                string.Join(", ", experiment.Runs.Select(pair => $"{pair.Value} {ExperimentDisplay.Markup(pair.Key)}")),
                Markup.Escape(experiment.Error ?? ""));
        }

        return table;
    }

    // Troubles: the former name of the same list, kept for one version.
    private sealed record Summary(
        IReadOnlyList<ExperimentSummary> Experiments, IReadOnlyList<RejectedMessage> RejectedMessages, IReadOnlyList<RejectedMessage> Troubles);

    private sealed record ExperimentSummary(
        string Experiment, ExperimentStatus Status, string? Error, DateTimeOffset Created, DateTimeOffset? Ended, IReadOnlyDictionary<RunStatus, int> Runs);
}
