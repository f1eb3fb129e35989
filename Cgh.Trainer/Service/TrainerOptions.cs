using Cgh.Core;
using Cgh.Core.Lifecycle;
using Cgh.ServiceDefaults;

namespace Cgh.Trainer.Service;

/// <summary>Settings of the trainer service, section <c>Trainer</c>.</summary>
public sealed record TrainerOptions
{
    public const string Section = "Trainer";

    private static readonly (string Former, string Name)[] s_formerNames = [("Silence", nameof(HeartbeatTimeout)), ("MostFailures", nameof(MaxFailures))];

    /// <summary>Runs trained at the same time; by default the number of cores, at most 4.</summary>
    public int ConcurrentRuns { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>The trainer program that each attempt runs: a .dll or an executable; by default <c>Cgh.Trainer.dll</c> beside this one.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "Cgh.Trainer.dll");

    /// <summary>Time for an attempt to write its checkpoint on shutdown before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time without a heartbeat after which an attempt counts as hung and is killed.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Failed attempts in a row, without a new checkpoint in between, after which a run is parked.</summary>
    public int MaxFailures { get; init; } = 3;

    /// <summary>Delay before the second attempt; it doubles with each further failure.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest delay before an attempt.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The retry policy from these settings.</summary>
    internal RetryPolicy Retry => new(MaxFailures, RetryAfter, MaxRetryAfter);

    /// <summary>Reads and validates the section.</summary>
    /// <exception cref="UserErrorException">A setting is invalid.</exception>
    public static TrainerOptions Read(IConfiguration configuration)
    {
        SettingNames.Check<TrainerOptions>(configuration.GetSection(Section), [.. s_formerNames.Select(setting => setting.Former)]);
        TrainerOptions options;
        try
        {
            options = WithFormerNames(configuration).Get<TrainerOptions>() ?? new TrainerOptions();
        }
        catch (InvalidOperationException error)
        {
            throw UserErrorException.Usage($"{UserText.FirstLine(error)} docs/queue.md has the settings.");
        }

        return options.Failures().ToArray() is { Length: > 0 } failures ? throw UserErrorException.Usage(string.Join(' ', failures)) : options;
    }

    // Former names stay valid for one version; the new name takes precedence.
    private static IConfigurationSection WithFormerNames(IConfiguration configuration)
    {
        var renamed = s_formerNames
            .Select(setting => (Former: $"{Section}:{setting.Former}", Name: $"{Section}:{setting.Name}"))
            .Where(setting => configuration[setting.Name] is null && configuration[setting.Former] is not null)
            .Select(setting => KeyValuePair.Create(setting.Name, configuration[setting.Former]));
        // Copied, not chained: a chained configuration drops empty values, which must be refused.
        var given = configuration.GetSection(Section).AsEnumerable().Where(setting => setting.Value is not null);
        return new ConfigurationBuilder().AddInMemoryCollection(given.Concat(renamed)).Build().GetSection(Section);
    }

    /// <summary>The validation errors, one sentence each.</summary>
    internal IEnumerable<string> Failures()
    {
        if (ConcurrentRuns is < 1 or > 256)
        {
            yield return $"{Section}:ConcurrentRuns must be between 1 and 256 (it is {ConcurrentRuns}).";
        }

        if (!File.Exists(Program))
        {
            yield return $"{Section}:Program must be an existing file (it is '{Program}'), such as the path of Cgh.Trainer.dll. "
                + "Build the solution if it is missing.";
        }

        if (HeartbeatTimeout < TimeSpan.FromSeconds(5))
        {
            yield return $"{Section}:HeartbeatTimeout must be at least 5 seconds (it is {HeartbeatTimeout}): an attempt sends a heartbeat every 2 seconds.";
        }

        if (MaxFailures is < 1 or > 100)
        {
            yield return $"{Section}:MaxFailures must be between 1 and 100 (it is {MaxFailures}).";
        }

        if (RetryAfter < TimeSpan.Zero || RetryAfter > TimeSpan.FromMinutes(10))
        {
            yield return $"{Section}:RetryAfter must be between 0 and 10 minutes (it is {RetryAfter}).";
        }

        if (MaxRetryAfter < RetryAfter || MaxRetryAfter > TimeSpan.FromDays(1))
        {
            yield return $"{Section}:MaxRetryAfter must be between RetryAfter, {RetryAfter}, and 1 day (it is {MaxRetryAfter}).";
        }

        if (StopGrace <= TimeSpan.Zero)
        {
            yield return $"{Section}:StopGrace must be positive (it is {StopGrace}).";
        }
    }
}
