using System.Globalization;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Claims the run folder for an attempt and starts the trainer's own command line on it.</summary>
internal sealed class AttemptLauncher(RunFolders folders, DataFolder data, IOptions<TrainerOptions> options, TimeProvider clock) : IAttemptLauncher
{
    public IAttemptProcess Start(RunState run)
    {
        var folder = folders.Run(run.Id);
        Directory.CreateDirectory(folder.Path);
        if (!folder.Claim(run.Attempt))
        {
            throw new SupersededRunException();
        }

        List<string> arguments = ["--supervised", "--attempt", run.Attempt.ToString(CultureInfo.InvariantCulture), "--data", data.Root];
        if (folder.Exists)
        {
            return AttemptProcess.Start(options.Value.Program, ["resume", folder.Path, .. arguments], clock);
        }

        // On standard input, not in a file: a service that is killed would leave it behind.
        var spec = JsonSerializer.Serialize(ShareOfTheMachine(run.Spec), CghJson.Line);
        return AttemptProcess.Start(
            options.Value.Program, ["train", "--spec", "-", "--out", folders.Experiment(run.Id.Experiment).Path, .. arguments], clock, spec);
    }

    // A run that leaves its thread count open gets its part of the cores, or concurrent runs would crowd them.
    private RunSpec ShareOfTheMachine(RunSpec spec) =>
        spec.Threads > 0 ? spec : spec with { Threads = Math.Max(1, Environment.ProcessorCount / options.Value.ConcurrentRuns) };
}
