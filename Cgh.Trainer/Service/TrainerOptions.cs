using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;

namespace Cgh.Trainer.Service;

/// <summary>Settings of the trainer service, section <c>Trainer</c>.</summary>
public sealed record TrainerOptions
{
    public const string Section = "Trainer";

    private static readonly (string Former, string Name)[] s_formerNames = [("Silence", nameof(HeartbeatTimeout)), ("MostFailures", nameof(MaxFailures))];

    /// <summary>Runs trained at the same time; on a CPU as many as it has cores, at most four, unless it is set.</summary>
    public int ConcurrentRuns { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>The trainer's own program (<c>Cgh.Trainer.dll</c> or an executable), which each attempt runs; beside this one unless it is set.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "Cgh.Trainer.dll");

    /// <summary>How long an attempt may take to write its checkpoint when it is told to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an attempt's process may be silent before it is ended as hung.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Failed attempts in a row, without a new checkpoint between them, after which a run is parked.</summary>
    public int MaxFailures { get; init; } = 3;

    /// <summary>Wait before the second attempt; it doubles with every further failure.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>When a failed attempt is followed by another.</summary>
    internal RetryPolicy Retry => new(MaxFailures, RetryAfter);

    /// <summary>Reads the section and checks it.</summary>
    /// <exception cref="UserErrorException">A setting cannot be used.</exception>
    public static TrainerOptions Read(IConfiguration configuration)
    {
        TrainerOptions options;
        try
        {
            options = WithFormerNames(configuration).Get<TrainerOptions>() ?? new TrainerOptions();
        }
        catch (InvalidOperationException error)
        {
            // Names the setting, and the value's type where it fits.
            throw UserErrorException.Usage($"{AtomicFile.FirstLine(error)} docs/queue.md has the settings.");
        }

        return options.Failures().ToArray() is { Length: > 0 } failures ? throw UserErrorException.Usage(string.Join(' ', failures)) : options;
    }

    // Settings keep their former names for one version; where both are set the new one counts.
    private static IConfigurationSection WithFormerNames(IConfiguration configuration)
    {
        var renamed = s_formerNames
            .Select(setting => (Former: $"{Section}:{setting.Former}", Name: $"{Section}:{setting.Name}"))
            .Where(setting => configuration[setting.Name] is null && configuration[setting.Former] is not null)
            .Select(setting => KeyValuePair.Create(setting.Name, configuration[setting.Former]));
        return new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(renamed).Build().GetSection(Section);
    }

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

        if (HeartbeatTimeout < TimeSpan.FromSeconds(5))
        {
            yield return $"{Section}:HeartbeatTimeout must be at least 5 seconds (it is {HeartbeatTimeout}): an attempt reports every 2 that it is alive.";
        }

        if (MaxFailures is < 1 or > 100)
        {
            yield return $"{Section}:MaxFailures must lie between 1 and 100 (it is {MaxFailures}).";
        }

        if (RetryAfter < TimeSpan.Zero || RetryAfter > TimeSpan.FromMinutes(10))
        {
            yield return $"{Section}:RetryAfter must lie between 0 and 10 minutes (it is {RetryAfter}).";
        }

        if (StopGrace <= TimeSpan.Zero)
        {
            yield return $"{Section}:StopGrace must be above zero (it is {StopGrace}).";
        }
    }
}
