using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Client.Commands;

/// <summary><c>cancel</c>, <c>pause</c> and <c>requeue</c>: commands to a run, or to all runs of an experiment that allow it.</summary>
public static class RunCommands
{
    private const string RequeueVerb = "requeue";
    private const string ResumeVerb = "resume";

    /// <param name="program">Name of the program, for the examples in the help text.</param>
    /// <param name="resumeVerb">What the program calls <see cref="Requeue(string)"/>.</param>
    public static Command Cancel(string program, string resumeVerb = RequeueVerb) => Create(
        program,
        "cancel",
        $"""
        Cancels a run: if it is training, it saves a checkpoint and stops within one step; if it is queued, it is removed from
        the queue. For an experiment, cancels every unfinished run. '{resumeVerb}' resumes from the checkpoint.
        """,
        "cancelled",
        (submitter, run, cancellationToken) => submitter.CancelAsync(run, cancellationToken),
        (submitter, experiment, cancellationToken) => submitter.CancelExperimentAsync(experiment, cancellationToken));

    /// <inheritdoc cref="Cancel"/>
    public static Command Pause(string program, string resumeVerb = RequeueVerb) => Create(
        program,
        "pause",
        $"""
        Pauses a run: if it is training, it saves a checkpoint and frees its trainer; if it is queued, trainers skip it. For an
        experiment, pauses every running or queued run. Paused runs wait for '{resumeVerb}'.
        """,
        "paused",
        (submitter, run, cancellationToken) => submitter.PauseAsync(run, cancellationToken),
        (submitter, experiment, cancellationToken) => submitter.PauseExperimentAsync(experiment, cancellationToken));

    public static Command Requeue(string program) => Requeue(program, RequeueVerb, $"'{ResumeVerb}' trains a run folder on this machine instead.");

    /// <summary>The same as <see cref="Requeue(string)"/>, named <c>resume</c> in a program that does not train.</summary>
    public static Command Resume(string program) => Requeue(program, ResumeVerb, "'Cgh.Trainer resume' trains a run folder on this machine instead.");

    private static Command Requeue(string program, string verb, string localAlternative) => Create(
        program,
        verb,
        $"""
        Queues a run again if it is paused, parked, failed, cancelled or interrupted. For an experiment, queues every such run.
        The next free trainer resumes from the last checkpoint. {localAlternative}
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
        var json = new Option<bool>("--json") { Description = "Print the resulting status as JSON, in the format of 'status --json'." };
        var command = new Command(
            verb,
            $"""
            {help}

            {ServerOptions.Help}

            Examples:
              {program} {verb} demo-20260101-120000/rm3
              {program} {verb} demo-20260101-120000

            Exit codes: 0 accepted; 1 no run can be {done}; 2 invalid command line or name; 4 a server cannot be reached.
            """)
        {
            name,
        };
        servers.AddTo(command, broker: true);
        command.Options.Add(json);
        command.SetAction((parse, cancellationToken) => StoreFailure.ReportAsync(async () =>
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
                throw new UserErrorException($"No run of {target} can be {done}. See the runs' status with: {program} status {target}");
            }

            if (parse.GetValue(json))
            {
                ExperimentWatcher.Print(await target.FindAsync(client.Store, cancellationToken), target, json: true);
            }
            else
            {
                foreach (var run in runs)
                {
                    Console.WriteLine($"{run}: will be {done}");
                }
            }

            return ExitCodes.Completed;
        }));
        return command;
    }
}
