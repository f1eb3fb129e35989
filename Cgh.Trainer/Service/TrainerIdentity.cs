using Cgh.Core.Runs;

namespace Cgh.Trainer.Service;

/// <summary>Names of this trainer process.</summary>
internal static class TrainerIdentity
{
    /// <summary>The machine, for display.</summary>
    public static string Host { get; } = Environment.MachineName;

    /// <summary>This process, for messages.</summary>
    public static string Name { get; } = $"{RunHolder.Current(attempt: null)}";

    /// <summary>A unique id for the run store, even if the process id is reused.</summary>
    public static string Holder { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";
}
