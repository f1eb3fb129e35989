using System.Globalization;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Claims the run folder for an attempt and starts the trainer's <c>train</c> or <c>resume</c> command as a process.</summary>
internal sealed class AttemptLauncher(RunFolders folders, DataFolder data, IOptions<TrainerOptions> options, TimeProvider clock) : IAttemptLauncher
{
    public IAttemptProcess Start(RunState run)
    {
        var folder = folders.Run(run.Id);
        ChildFolder.Create(folder.Path);
        if (!folder.Claim(run.Attempt))
        {
            throw new SupersededRunException();
        }

        List<string> arguments = ["--supervised", "--attempt", run.Attempt.ToString(CultureInfo.InvariantCulture), "--data", data.Root];
        if (folder.Exists)
        {
            return AttemptProcess.Start(options.Value.Program, ["resume", folder.Path, .. arguments], clock);
        }

        // On standard input, because a killed service would leave a file behind.
        var spec = JsonSerializer.Serialize(WithThreadLimit(run.Spec), CghJson.Line);
        return AttemptProcess.Start(
            options.Value.Program, ["train", "--spec", "-", "--out", folders.Experiment(run.Id.Experiment).Path, .. arguments], clock, spec);
    }

    // Without an explicit thread count, concurrent runs share the cores evenly.
    private RunSpec WithThreadLimit(RunSpec spec) =>
        spec.Threads > 0 ? spec : spec with { Threads = Math.Max(1, Environment.ProcessorCount / options.Value.ConcurrentRuns) };
}
