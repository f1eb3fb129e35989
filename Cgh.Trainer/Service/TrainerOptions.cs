namespace Cgh.Trainer.Service;

/// <summary>Settings of the trainer service, section <c>Trainer</c>.</summary>
public sealed record TrainerOptions
{
    public const string Section = "Trainer";

    /// <summary>Runs trained at the same time; on a CPU as many as it has cores, at most four, unless it is set.</summary>
    public int ConcurrentRuns { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>The trainer's own program (<c>Cgh.Trainer.dll</c> or an executable), which each attempt runs; beside this one unless it is set.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "Cgh.Trainer.dll");

    /// <summary>How long an attempt may take to write its checkpoint when it is told to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>All that is wrong with the settings, a sentence each.</summary>
    internal IEnumerable<string> Failures()
    {
        if (ConcurrentRuns is < 1 or > 256)
        {
            yield return $"{Section}:ConcurrentRuns must lie between 1 and 256 (it is {ConcurrentRuns}).";
        }

        if (!File.Exists(Program))
        {
            yield return $"{Section}:Program names no file (it is '{Program}'): give the path of Cgh.Trainer.dll. Build the solution if it is missing.";
        }

        if (StopGrace <= TimeSpan.Zero)
        {
            yield return $"{Section}:StopGrace must be above zero (it is {StopGrace}).";
        }
    }
}
