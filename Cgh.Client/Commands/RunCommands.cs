using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Client.Commands;

/// <summary><c>cancel</c>, <c>pause</c> and <c>requeue</c>: commands to a run, or to all runs of an experiment that allow it.</summary>
public static class RunCommands
{
    public static Command Cancel(string program) => Create(
        program,
        "cancel",
        """
        Stops a run within one step, wherever it trains, or takes it out of the queue; of an experiment, every run that is not
        over. A checkpoint is written; 'requeue' goes on from it.
        """,
        "cancelled",
        (submitter, run, cancellationToken) => submitter.CancelAsync(run, cancellationToken),
        (submitter, experiment, cancellationToken) => submitter.CancelExperimentAsync(experiment, cancellationToken));

    public static Command Pause(string program) => Create(
        program,
        "pause",
        """
        Puts a run aside: one that trains writes a checkpoint and leaves its trainer, one in the queue is passed over; of an
        experiment, every run that trains or waits. It stays so until 'requeue'.
        """,
        "paused",
        (submitter, run, cancellationToken) => submitter.PauseAsync(run, cancellationToken),
        (submitter, experiment, cancellationToken) => submitter.PauseExperimentAsync(experiment, cancellationToken));

    public static Command Requeue(string program) => Requeue(program, "requeue", "('resume' does that here and now, with a run folder of this machine.)");

    /// <summary>As <see cref="Requeue(string)"/>, for a program that trains nothing itself: there is nothing else to resume.</summary>
    public static Command Resume(string program) =>
        Requeue(program, "resume", "('Cgh.Trainer resume' does that here and now, with a run folder of this machine.)");

    private static Command Requeue(string program, string verb, string orHere) => Create(
        program,
        verb,
        $"""
        Queues a run again that is paused, parked, failed, cancelled or interrupted; of an experiment, every such run. The
        next free trainer goes on from its last checkpoint. {orHere}
        """,
        "queued",
        (submitter, run, cancellationToken) => submitter.ResumeAsync(run, cancellationToken),
        (submitter, experiment, cancellationToken) => submitter.ResumeExperimentAsync(experiment, cancellationToken));

    private static Command Create(
        string program,
        string verb,
        string help,
        string done,
        Func<ExperimentSubmitter, RunId, CancellationToken, Task> one,
        Func<ExperimentSubmitter, string, CancellationToken, Task<IReadOnlyList<RunId>>> all)
    {
        var name = Target.Argument();
        var servers = new ServerOptions();
        var json = new Option<bool>("--json") { Description = "JSON for scripts: how it is now, as 'status' prints it." };
        var command = new Command(
            verb,
            $"""
            {help}

            {ServerOptions.Help}

            Examples:
              {program} {verb} demo-20260101-120000/rm3
              {program} {verb} demo-20260101-120000

            Exit codes: 0 ordered, and under way; 1 nothing of it can be {done}; 2 wrong command line or name; 4 a server cannot be
            reached.
            """)
        {
            name,
        };
        servers.AddTo(command, broker: true);
        command.Options.Add(json);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var target = Target.Parse(parse.GetRequiredValue(name));
            await using var client = await LaboratoryClient.ConnectAsync(servers.Store(parse), servers.Broker(parse), cancellationToken);
            await target.FindAsync(client.Store, cancellationToken);
            var runs = await client.CommandAsync(
                async (submitter, limit) =>
                {
                    if (target.Run is null)
                    {
                        return await all(submitter, target.Experiment, limit);
                    }

                    var run = new RunId(target.Experiment, target.Run);
                    await one(submitter, run, limit);
                    return [run];
                },
                cancellationToken);
            if (runs.Count == 0)
            {
                throw new UserErrorException($"No run of {target} can be {done}: 'status {target}' says how they are.");
            }

            if (parse.GetValue(json))
            {
                ExperimentWatcher.Print(await target.FindAsync(client.Store, cancellationToken), target, json: true);
            }
            else
            {
                foreach (var run in runs)
                {
                    Console.WriteLine($"{run}: to be {done}");
                }
            }

            return ExitCodes.Completed;
        });
        return command;
    }
}
